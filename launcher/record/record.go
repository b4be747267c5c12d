package record

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Record is one that is written: by the waiting slimrun, as long as its run lives.
type Record struct {
	Name   string
	Log    *os.File // what the run writes
	home   *Home
	dir    *os.File
	lock   *os.File
	report *os.File
	used   bool // it is that of an ended run of the same name
}

// The files of a record. Those that are being made have another ending, so that those of
// an ended run stay where the launch fails.
const (
	lockName    = "lock"
	logName     = "log"
	reportName  = "report"
	startedName = "started"
	pending     = ".new"
)

// Create begins the record of a run, in place of an ended one's. Room for its report is
// taken at once, so that it can be written when the disk is full. Errors: a run of that
// name lives; no room, or no directory, for it.
func Create(home *Home, name string, started Started) (*Record, error) {
	r, err := reserve(home, name)
	if err != nil {
		return nil, home.unwritable(name, err)
	}
	if err := r.make(started); err != nil {
		r.Drop()
		return nil, home.unwritable(name, err)
	}
	return r, nil
}

// TakeOutput has what this process, and so its payload, writes to stdout and stderr go to the
// log from now on.
func (r *Record) TakeOutput() error {
	for _, standard := range []int{1, 2} {
		if err := unix.Dup3(int(r.Log.Fd()), standard, 0); err != nil {
			return fmt.Errorf("writing to the log: %w", err)
		}
	}
	return nil
}

const fresh = unix.O_CREAT | unix.O_EXCL

// make makes the files.
func (r *Record) make(started Started) (err error) {
	r.removePending()
	if r.Log, err = openFile(r.dir, logName+pending, unix.O_WRONLY|unix.O_APPEND|fresh); err != nil {
		return err
	}
	if r.report, err = openFile(r.dir, reportName+pending, unix.O_RDWR|fresh); err != nil {
		return err
	}
	content, err := started.encode()
	if err != nil {
		return err
	}
	if err := r.takeRoom(int64(len(content)) + reportRoom); err != nil {
		return err
	}
	file, err := openFile(r.dir, startedName+pending, unix.O_WRONLY|fresh)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(content)
	return err
}

// reportRoom is more than a report has beside the command.
const reportRoom = 64 << 10

// takeRoom takes disk space for the report, where the file system can do that.
func (r *Record) takeRoom(size int64) error {
	err := unix.Fallocate(int(r.report.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return err
}

// openFile opens a file of a directory that is this user's own.
func openFile(dir *os.File, name string, flags int) (*os.File, error) {
	path := dir.Name() + "/" + name
	fd, err := unix.Openat(int(dir.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	unix.SetNonblock(fd, false) // that was for a FIFO, which somebody has put there
	file := os.NewFile(uintptr(fd), path)
	if err := trusted(file, 0o022); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Begin puts the files in the place of an ended run's: the payload runs.
func (r *Record) Begin() error {
	unix.Unlinkat(int(r.dir.Fd()), jobName, 0) // the ended one may have been a job
	for _, name := range []string{reportName, logName, startedName} {
		if err := unix.Renameat(int(r.dir.Fd()), name+pending, int(r.dir.Fd()), name); err != nil {
			return fmt.Errorf("keeping %q of %s: %w", name, r.Name, err)
		}
	}
	return nil
}

// End writes the report.
func (r *Record) End(report []byte) error {
	_, err := r.report.WriteAt(report, 0)
	if err == nil {
		err = r.report.Truncate(int64(len(report)))
	}
	if err != nil {
		return fmt.Errorf("keeping the report of %s: %w", r.Name, err)
	}
	return nil
}

// Full says why nothing more can be written to the log, nil where something can.
func (r *Record) Full() error {
	var st unix.Stat_t
	if err := unix.Fstat(int(r.Log.Fd()), &st); err != nil {
		return err
	}
	err := unix.Fallocate(int(r.Log.Fd()), unix.FALLOC_FL_KEEP_SIZE, st.Size, 4096)
	switch {
	case err == nil:
		return unix.Ftruncate(int(r.Log.Fd()), st.Size) // gives it back
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT), errors.Is(err, unix.EFBIG):
		return err
	}
	return nil
}

// Drop takes back what Create has made: the launch failed.
func (r *Record) Drop() {
	r.removePending()
	if !r.used {
		r.remove()
	}
	r.close()
}

func (r *Record) removePending() {
	for _, name := range []string{reportName, logName, startedName} {
		unix.Unlinkat(int(r.dir.Fd()), name+pending, 0)
	}
}

// remove removes the directory, whose lock is held.
func (r *Record) remove() error {
	for _, name := range []string{reportName, logName, startedName, jobName, lockName} {
		if err := unix.Unlinkat(int(r.dir.Fd()), name, 0); err != nil && err != unix.ENOENT {
			return fmt.Errorf("removing %s of %q: %w", name, r.dir.Name(), err)
		}
	}
	if err := unix.Unlinkat(int(r.home.dir.Fd()), r.Name, unix.AT_REMOVEDIR); err != nil {
		return fmt.Errorf("removing %q: %w", r.dir.Name(), err)
	}
	return nil
}

// Remove removes an ended run's record, as soon as those who wait for its end have
// read it. One that is another run's by then stays.
func (r *Record) Remove() error {
	defer r.close()
	unlock(r.lock, life)
	takeAlone(r.lock, readers, 0) // one that is stopped is not waited for
	if err := tryLock(r.lock, life, unix.F_WRLCK); err != nil {
		return nil
	}
	return r.remove()
}

func (r *Record) close() {
	for _, file := range []*os.File{r.Log, r.report, r.lock, r.dir} {
		if file != nil {
			file.Close()
		}
	}
}
