package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// Kept is a record that is read.
type Kept struct {
	Name string
	Size int64 // of its log, in bytes
	home *Home
	dir  *os.File
	lock *os.File

	sealed error // why nothing can be changed of it: a file system that is read-only
}

// List opens all records, by name. The error joins those of records that are not to be
// trusted.
func List(home *Home) (all []*Kept, err error) {
	if home == nil {
		return nil, nil
	}
	names, err := home.names()
	problems := []error{err}
	for _, name := range names {
		kept, err := open(home, name)
		switch {
		case err == nil:
			all = append(all, kept)
		case errors.Is(err, unix.EMFILE):
			return few(all, len(names))
		case !errors.Is(err, os.ErrNotExist): // else it has just been removed
			problems = append(problems, err)
		}
	}
	return all, errors.Join(problems...)
}

// spare is how many records, of two files each, are closed again where files run out:
// others need some.
const spare = 16

// few are those that can be had open at a time.
func few(all []*Kept, there int) ([]*Kept, error) {
	most := max(len(all)-spare, 0)
	for _, kept := range all[most:] {
		kept.Close()
	}
	return all[:most], problem.Errorf(
		"`ulimit -Hn` is too small for that; `slimrun prune`, a few times, forgets those that have ended",
		"of %d detached runs %d can be looked at: %w", there, most, unix.EMFILE)
}

func open(home *Home, name string) (*Kept, error) {
	dir, err := openOwn(home.dir, name, false)
	if err != nil {
		return nil, err
	}
	lock, sealed, err := openLock(dir)
	if err != nil {
		dir.Close()
		return nil, err
	}
	k := &Kept{Name: name, home: home, dir: dir, lock: lock, sealed: sealed}
	var st unix.Stat_t
	if unix.Fstatat(int(dir.Fd()), logName, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
		k.Size = st.Size
	}
	return k, nil
}

// openLock opens the lock; where nothing can be written, as on a disk that the kernel has
// found broken, for what is shared alone.
func openLock(dir *os.File) (lock *os.File, sealed, err error) {
	lock, err = openFile(dir, lockName, unix.O_RDWR)
	if errors.Is(err, unix.EROFS) {
		sealed = err
		lock, err = openFile(dir, lockName, unix.O_RDONLY)
	}
	return lock, sealed, err
}

// Close closes it.
func (k *Kept) Close() {
	k.lock.Close()
	k.dir.Close()
}

// Begun says whether the run ever began. A record without is of a launch that is under
// way, or was killed.
func (k *Kept) Begun() bool { return exists(k.dir, startedName) }

// Lives says whether the waiting slimrun does, or a job of Slurm's will have one.
func (k *Kept) Lives() bool { return k.Runs() || k.waits() }

// Runs says whether there is a slimrun that waits for the run.
func (k *Kept) Runs() bool { return lockedAlone(k.lock, life) }

// Log opens what the run has written, or writes.
func (k *Kept) Log() (*os.File, error) { return openFile(k.dir, logName, unix.O_RDONLY) }

// Started is what the run was started with.
func (k *Kept) Started() (s Started, err error) {
	content, err := k.read(startedName)
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	return s, err
}

// readMost is more than any report has: the kernel takes 6 MiB of arguments at most.
const readMost = 64 << 20

func (k *Kept) read(name string) ([]byte, error) {
	file, err := openFile(k.dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, readMost))
}

// Report is the report of an ended run; nil where there is none: the waiting slimrun
// did not come to write it.
func (k *Kept) Report() []byte {
	content, err := k.read(reportName)
	content = bytes.TrimRight(content, "\n\x00")
	if err != nil || !json.Valid(content) {
		return nil
	}
	return content
}

// LogProblem says why the log of an ended run may lack what came last, nil for none.
func (k *Kept) LogProblem() error {
	var report struct {
		LogError *string `json:"log_error"`
	}
	if k.Lives() || json.Unmarshal(k.Report(), &report) != nil || report.LogError == nil {
		return nil
	}
	return fmt.Errorf("the log of %s may lack what came last: %s", k.Name, *report.LogError)
}

// Wait waits for the run's end. The record is not removed before it is closed.
func (k *Kept) Wait(ctx context.Context) error {
	if err := k.awaitJob(ctx); err != nil {
		return err
	}
	if err := tryLock(k.lock, readers, unix.F_RDLCK); err != nil {
		return nil // it has ended, and is being removed
	}
	return awaitShared(ctx, k.lock, life)
}

// Remove removes an ended run's record, and closes it. False: the run lives, or has
// ended just now.
func (k *Kept) Remove() (bool, error) {
	defer k.Close()
	if k.waits() {
		return false, nil
	}
	if k.sealed != nil {
		return false, k.sealed
	}
	if tryLock(k.lock, life, unix.F_WRLCK) != nil || tryLock(k.lock, readers, unix.F_WRLCK) != nil {
		return false, nil
	}
	r := &Record{Name: k.Name, home: k.home, dir: k.dir, lock: k.lock}
	if !r.isAt(k.home, k.Name) {
		return false, nil
	}
	r.removePending()
	return true, r.remove()
}
