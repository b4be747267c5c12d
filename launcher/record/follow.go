package record

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Last is where the last lines of a log begin. Only those are read.
func Last(log *os.File, lines int) (int64, error) {
	size, err := log.Seek(0, io.SeekEnd)
	if err != nil || lines <= 0 {
		return size, err
	}
	block := make([]byte, 64<<10)
	for end := size; end > 0; {
		begin := max(end-int64(len(block)), 0)
		part := block[:end-begin]
		if _, err := log.ReadAt(part, begin); err != nil && err != io.EOF {
			return 0, err
		}
		if end == size { // the newline that ends the last line begins none
			part = part[:len(part)-1]
		}
		for {
			i := bytes.LastIndexByte(part, '\n')
			if i < 0 {
				break
			}
			if lines--; lines == 0 {
				return begin + int64(i) + 1, nil
			}
			part = part[:i]
		}
		end = begin
	}
	return 0, nil
}

// Follow copies what is written to the log, up to the run's end. Nothing is looked at
// before the kernel tells of a change.
func (k *Kept) Follow(ctx context.Context, log *os.File, out io.Writer) error {
	changes, err := watch(log)
	if err != nil {
		return err
	}
	defer changes.Close()
	changed := make(chan struct{}, 1)
	go tell(changes, changed)
	ended := make(chan error, 1)
	go func() { ended <- k.Wait(ctx) }()
	ticks, stop := k.aJobs()
	defer stop()
	for {
		if _, err := io.Copy(out, log); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ticks:
		case err := <-ended:
			if err == nil {
				_, err = io.Copy(out, log)
			}
			return err
		}
	}
}

// watch has the kernel tell of changes of a file (inotify).
func watch(file *os.File) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watching %q: %w", file.Name(), err)
	}
	if _, err := unix.InotifyAddWatch(fd, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), unix.IN_MODIFY); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("watching %q: %w", file.Name(), err)
	}
	return os.NewFile(uintptr(fd), "inotify"), nil
}

// tell tells of changes, of many once.
func tell(changes *os.File, changed chan<- struct{}) {
	var events [4096]byte
	for {
		if _, err := changes.Read(events[:]); err != nil {
			return
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}
