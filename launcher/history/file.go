package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/launcher/trust"
	"github.com/slimrun/slimrun/unit/linux"
	"github.com/slimrun/slimrun/unit/problem"
)

const (
	// largest is the size beyond which the older half is dropped: some two thousand
	// runs of a minute.
	largest = 16 << 20
	// patience bounds the wait for others that append.
	patience = 5 * time.Second
)

// File is a history at some place.
type File struct {
	Path    string
	largest int64
}

// Own is this user's. Error: there is no place for it.
func Own() (File, error) {
	dir := "/var/lib"
	if os.Geteuid() != 0 {
		dir = os.Getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(os.Getenv("HOME"), ".local/state")
		}
		if !filepath.IsAbs(dir) {
			return File{}, problem.Errorf("set XDG_STATE_HOME",
				"there is no place for a history: neither XDG_STATE_HOME nor HOME names a directory")
		}
	}
	return File{Path: filepath.Join(dir, "slimrun/history.jsonl"), largest: largest}, nil
}

// Append adds a line, without its end.
func (f File) Append(line []byte) error {
	if err := f.append(line); err != nil {
		return fmt.Errorf("recording the run in %q: %w", f.Path, err)
	}
	return nil
}

func (f File) append(line []byte) error {
	if err := f.makeDir(); err != nil {
		return err
	}
	file, err := f.locked()
	if err != nil {
		return err
	}
	defer file.Close() // ends the lock
	size, err := write(file, line)
	if err != nil || size <= f.largest {
		return err
	}
	return f.trim(file)
}

// makeDir makes the directory, and takes none that is another's.
func (f File) makeDir() error {
	dir := filepath.Dir(f.Path)
	var st unix.Stat_t
	err := unix.Lstat(dir, &st)
	if errors.Is(err, os.ErrNotExist) {
		err = errors.Join(
			os.MkdirAll(filepath.Dir(dir), 0o755),
			linux.IgnoreExisting(os.Mkdir(dir, 0o700)),
			unix.Lstat(dir, &st))
	}
	if err != nil {
		return fmt.Errorf("making %q: %w", dir, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		return problem.Errorf("look at what is there, and remove it", "%q is not a directory of this user's alone", dir)
	}
	return nil
}

// locked opens the file and locks it: the one that is there then, since whoever
// trims it puts another in its place.
func (f File) locked() (*os.File, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		file, err := f.open(os.O_RDWR | os.O_APPEND | os.O_CREATE)
		if err != nil {
			return nil, err
		}
		if err := linux.Lock(ctx, file, unix.LOCK_EX); err != nil {
			return nil, err
		}
		if f.isAt(file) {
			return file, nil
		}
		file.Close()
	}
	return nil, ctx.Err()
}

// open takes a file of this user's alone, no link and nothing that blocks, to which
// nobody else could have led.
func (f File) open(flags int) (*os.File, error) {
	if err := trust.Way(f.Path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(f.Path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		file.Close()
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0 {
		file.Close()
		return nil, problem.Errorf("look at what is there, and move it away",
			"%q is not a file of this user's alone (mode 0600)", f.Path)
	}
	return file, nil
}

func (f File) isAt(file *os.File) bool {
	here, err1 := file.Stat()
	there, err2 := os.Lstat(f.Path)
	return err1 == nil && err2 == nil && os.SameFile(here, there)
}

// write adds a line in one call, on a line of its own also where the last one has
// no end.
func write(file *os.File, line []byte) (size int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	size = info.Size()
	whole := append(bytes.Clone(line), '\n')
	var last [1]byte
	if size > 0 {
		if _, err := file.ReadAt(last[:], size-1); err == nil && last[0] != '\n' {
			whole = append([]byte{'\n'}, whole...)
		}
	}
	n, err := file.Write(whole)
	return size + int64(n), err
}

// trim puts a file with the newer half in the place of this one.
func (f File) trim(file *os.File) error {
	content, err := io.ReadAll(io.NewSectionReader(file, 0, 2*f.largest+1<<20))
	if err != nil {
		return err
	}
	newer := content[max(0, len(content)-int(f.largest/2)):]
	if i := bytes.IndexByte(newer, '\n'); i >= 0 && len(newer) < len(content) {
		newer = newer[i+1:]
	}
	temporary := File{Path: f.Path + ".new"}
	os.Remove(temporary.Path) // of one that was killed at it; ours is the lock
	next, err := temporary.open(os.O_WRONLY | os.O_CREATE | os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = next.Write(newer)
	err = errors.Join(err, next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(temporary.Path, f.Path)
	}
	return err
}
