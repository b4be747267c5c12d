package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

//go:embed guest/guest.sh
var guestScript []byte

// slow tells the scenarios that a machine is emulated: waits take longer there.
const slow = "-patience 5"

// drive makes the machine's second disk: the stage, the script that the machine
// runs, and what it must know.
func (l *lab) drive(s suite, img image, mode, file string) error {
	tree := file + ".d"
	if err := os.CopyFS(tree, os.DirFS(l.stageDir(s.architecture()))); err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	flags := slow
	if s.hasKVM(img.kernel) {
		flags = ""
	}
	rows, columns := terminalSize()
	b := boards[s.architecture()]
	config := fmt.Sprintf("AMONG=%s\nSUITE=%s\nMODE=%s\nUSERS='%s'\nLIMIT=%.0f\nFLAGS='%s'\n",
		s.sharing(l.sharing), s.name, mode, strings.Join(s.users, " "), l.userLimit().Seconds(), flags) +
		fmt.Sprintf("ROWS=%d\nCOLUMNS=%d\nCONSOLE=/dev/%s\nTESTS=/dev/%s\n",
			rows, columns, b.consoleTTY, b.testsTTY)
	for name, data := range map[string][]byte{
		"guest.sh": guestScript, "config": []byte(config), "pattern": []byte(s.pattern(l.named)),
		"pattern-step": []byte(suite{core: s.inStep}.pattern(l.named)),
	} {
		if err := os.WriteFile(filepath.Join(tree, name), data, 0o644); err != nil {
			return err
		}
	}
	return makeFS(file, "slimrun", tree, 64<<20)
}

func terminalSize() (rows, columns uint16) {
	size, err := unix.IoctlGetWinsize(int(os.Stdin.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Row == 0 {
		return 24, 80
	}
	return size.Row, size.Col
}
