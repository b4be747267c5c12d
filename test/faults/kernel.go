package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// limited says, by the kernel's files alone, whether the payload is under its limit.
func limited(mark string) error {
	for _, dir := range marked(mark) {
		if comm, _ := os.ReadFile(dir + "/comm"); strings.TrimSpace(string(comm)) != payloadName {
			continue
		}
		cgroups, err := os.ReadFile(dir + "/cgroup")
		if err != nil {
			return err
		}
		return holds(string(cgroups))
	}
	return errGone
}

var errGone = errors.New("the payload is not to be found")

func holds(cgroups string) error {
	file := ""
	for line := range strings.Lines(cgroups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(fields) != 3:
		case fields[1] == "memory":
			file = "/sys/fs/cgroup/memory" + fields[2] + "/memory.limit_in_bytes"
		case fields[0] == "0" && file == "":
			file = "/sys/fs/cgroup" + fields[2] + "/memory.max"
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(string(content)); got != strconv.Itoa(limit) {
		return fmt.Errorf("%s is %s", file, got)
	}
	return nil
}

// marked are the directories in /proc of a launch's processes.
func marked(mark string) (found []string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		environ, _ := os.ReadFile(dir + "/environ")
		if strings.Contains("\x00"+string(environ), "\x00"+mark+"\x00") {
			found = append(found, dir)
		}
	}
	return found
}

// goneWithin is how long what is left may take to go: systemd removes cgroups, and may
// be kept waiting for a CPU.
const goneWithin = 3 * time.Second

// left is what there still is after that; processes are then killed.
func left(mark, name string) (found []string) {
	for end := time.Now().Add(goneWithin); ; time.Sleep(50 * time.Millisecond) {
		processes := marked(mark)
		found = append(scopes(name), describe(processes)...)
		if len(found) == 0 {
			return nil
		}
		if time.Now().After(end) {
			kill(processes)
			return found
		}
	}
}

func describe(dirs []string) (words []string) {
	for _, dir := range dirs {
		line, _ := os.ReadFile(dir + "/cmdline")
		words = append(words, dir+" "+strings.ReplaceAll(string(line), "\x00", " "))
	}
	return words
}

func kill(dirs []string) {
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// scopes are the cgroups of a run of that name.
func scopes(name string) (found []string) {
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.Contains(entry.Name(), name) {
			found = append(found, path)
		}
		return nil
	})
	return found
}
