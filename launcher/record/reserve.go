package record

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

// reserveTries is how often a record may be removed between its opening and its lock.
const reserveTries = 100

// reserve makes the directory, and takes its lock. It may have been removed between the
// two.
func reserve(home *Home, name string) (r *Record, err error) {
	for range reserveTries {
		if r, err = reserveOnce(home, name); !errors.Is(err, os.ErrNotExist) {
			return r, err
		}
	}
	return nil, err
}

func reserveOnce(home *Home, name string) (*Record, error) {
	dir, err := openOwn(home.dir, name, true)
	if err != nil {
		return nil, err
	}
	r := &Record{Name: name, home: home, dir: dir}
	if err = r.take(); err == nil {
		err = r.free()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	r.used = exists(r.dir, startedName)
	return r, nil
}

// free says that the record, which is locked, may be used.
func (r *Record) free() error {
	switch {
	case !r.isAt(r.home, r.Name):
		return os.ErrNotExist
	case (&Kept{Name: r.Name, dir: r.dir, lock: r.lock}).waits():
		return taken("%s is there already: a job of Slurm's", r.Name)
	}
	return nil
}

func taken(format, name string) error {
	return problem.Errorf("give another --name, or wait for that run", format, name)
}

// take locks the record, when those who have waited for the last run's end are done.
func (r *Record) take() (err error) {
	if r.lock, err = openFile(r.dir, lockName, unix.O_RDWR|unix.O_CREAT); err != nil {
		return err
	}
	switch err := takeAlone(r.lock, life, endWithin); {
	case errors.Is(err, errLives):
		return taken("%s is there already: a detached run of that name lives", r.Name)
	case err != nil:
		return err
	}
	if takeAlone(r.lock, readers, 0) == nil { // one that is stopped is not waited for
		unlock(r.lock, readers)
	}
	return nil
}

func (r *Record) isAt(home *Home, name string) bool {
	var own, there unix.Stat_t
	err := unix.Fstat(int(r.dir.Fd()), &own)
	if err == nil {
		err = unix.Fstatat(int(home.dir.Fd()), name, &there, unix.AT_SYMLINK_NOFOLLOW)
	}
	return err == nil && own.Ino == there.Ino && own.Dev == there.Dev
}

func exists(dir *os.File, name string) bool {
	var st unix.Stat_t
	return unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil
}
