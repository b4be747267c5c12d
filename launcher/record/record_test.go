package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/problem"
)

func testHome(t *testing.T) *Home {
	t.Helper()
	home, err := openHome(filepath.Join(t.TempDir(), "slimrun"), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(home.Close)
	return home
}

// begun is the record of a run that lives.
func begun(t *testing.T, home *Home, name, wrote string) *Record {
	t.Helper()
	r, err := Create(home, name, Started{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Log.WriteString(wrote); err != nil {
		t.Fatal(err)
	}
	if err := r.Begin(); err != nil {
		t.Fatal(err)
	}
	return r
}

func one(t *testing.T, home *Home) *Kept {
	t.Helper()
	all, err := List(home)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d records, %v; want one", len(all), err)
	}
	t.Cleanup(all[0].Close)
	return all[0]
}

func logOf(t *testing.T, k *Kept) string {
	t.Helper()
	log, err := k.Log()
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	content, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", log.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// A living run's name is refused, an ended one's is used again; what a launch that
// fails has made goes, and what was there before stays.
func TestNames(t *testing.T) {
	home := testHome(t)
	first := begun(t, home, "web", "first")
	if _, err := Create(home, "web", Started{}); err == nil || !strings.Contains(err.Error(), "web is there already") {
		t.Errorf("of a run that lives: %v", err)
	}
	if k := one(t, home); !k.Lives() || logOf(t, k) != "first" || k.Size != 5 {
		t.Errorf("lives %v, log %q of %d", k.Lives(), logOf(t, k), k.Size)
	}
	if err := first.End([]byte(`{"exit_code":3}` + "\n")); err != nil {
		t.Fatal(err)
	}
	first.close()
	failed, err := Create(home, "web", Started{})
	if err != nil {
		t.Fatal(err)
	}
	failed.Log.WriteString("failed")
	failed.Drop()
	if k := one(t, home); k.Lives() || logOf(t, k) != "first" || string(k.Report()) != `{"exit_code":3}` {
		t.Errorf("after a failed launch: log %q, report %q", logOf(t, k), k.Report())
	}
	second := begun(t, home, "web", "second")
	defer second.close()
	if k := one(t, home); !k.Lives() || logOf(t, k) != "second" || k.Report() != nil {
		t.Errorf("used again: log %q, report %q", logOf(t, k), k.Report())
	}
	fresh, err := Create(home, "other", Started{})
	if err != nil {
		t.Fatal(err)
	}
	fresh.Drop()
	one(t, home)
}

// Who waits is told before the record is removed, and a name that somebody else has
// taken meanwhile is left alone.
func TestRemoveAfterWaiters(t *testing.T) {
	home := testHome(t)
	r := begun(t, home, "web", "")
	k := one(t, home)
	told := make(chan string)
	go func() {
		err := k.Wait(t.Context())
		told <- fmt.Sprint(string(k.Report()), err)
		k.Close()
	}()
	for !sharedBy(r.lock, readers) {
		time.Sleep(time.Millisecond)
	}
	if removed, err := one(t, home).Remove(); removed || err != nil {
		t.Errorf("a living run's record: removed %v, %v", removed, err)
	}
	r.End([]byte(`{}`))
	removed := make(chan error)
	go func() { removed <- r.Remove() }()
	if got := <-told; got != "{}<nil>" {
		t.Errorf("who waited was told %q", got)
	}
	if err := <-removed; err != nil {
		t.Error(err)
	}
	if all, err := List(home); len(all) != 0 || err != nil {
		t.Errorf("left: %d, %v", len(all), err)
	}
}

// What is left of a launch that was killed before it had its lock goes, what is kept stays.
func TestTidy(t *testing.T) {
	home := testHome(t)
	begun(t, home, "web", "").close()
	if err := os.Mkdir(filepath.Join(home.dir.Name(), "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := home.Tidy(); err != nil {
		t.Fatal(err)
	}
	if names, err := home.names(); len(names) != 1 || names[0] != "web" || err != nil {
		t.Errorf("there are %q, %v", names, err)
	}
}

// Who tidies up meanwhile makes no launch fail.
func TestCreateWhileTidied(t *testing.T) {
	home := testHome(t)
	done := make(chan bool)
	defer func() { done <- true }()
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				home.Tidy()
			}
		}
	}()
	for range 200 {
		r, err := Create(home, "web", Started{})
		if err != nil {
			t.Fatal(err)
		}
		r.Drop()
	}
}

// sharedBy says whether somebody else has a byte at all.
func sharedBy(file *os.File, at int64) bool {
	probe := unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1}
	return unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &probe) == nil && probe.Type != unix.F_UNLCK
}

// Row R5: what somebody else put there, or could have, is not used.
func TestHostile(t *testing.T) {
	for name, spoil := range map[string]func(state string) error{
		"a link for the state directory": func(state string) error { return os.Symlink("/tmp", state) },
		"a file":                         func(state string) error { return os.WriteFile(state, nil, 0o600) },
		"others may write": func(state string) error {
			return errors.Join(os.Mkdir(state, 0o700), os.Chmod(state, 0o777))
		},
		"others may write above": func(state string) error { return os.Chmod(filepath.Dir(state), 0o777) },
		"a link for the runs": func(state string) error {
			return errors.Join(os.Mkdir(state, 0o700), os.Symlink("/tmp", state+"/runs"))
		},
		"a link for the run": func(state string) error {
			return errors.Join(os.MkdirAll(state+"/runs", 0o700), os.Symlink("/tmp", state+"/runs/web"))
		},
		"a link for the lock": func(state string) error {
			return errors.Join(os.MkdirAll(state+"/runs/web", 0o700), os.Symlink("/tmp/lock", state+"/runs/web/lock"))
		},
		"another's directory": func(state string) error {
			return errors.Join(os.MkdirAll(state+"/runs/web", 0o700), os.Chown(state+"/runs/web", 1, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if os.Geteuid() != 0 && strings.HasPrefix(name, "another's") {
				t.Skip("needs root: it gives a directory away")
			}
			state := filepath.Join(t.TempDir(), "slimrun")
			if err := spoil(state); err != nil {
				t.Fatal(err)
			}
			home, err := openHome(state, true)
			if err == nil {
				defer home.Close()
				_, err = Create(home, "web", Started{})
			}
			if err == nil {
				t.Fatal("R5: it is used")
			}
			if problem.Remedy(err) == "" && !errors.Is(err, unix.ELOOP) {
				t.Errorf("R5: %v has no hint", err)
			}
		})
	}
}

// A link that was put in a log's place is not followed; a FIFO does not hang.
func TestHostileFiles(t *testing.T) {
	home := testHome(t)
	r := begun(t, home, "web", "")
	defer r.close()
	k := one(t, home)
	log := filepath.Join(r.dir.Name(), logName)
	if err := errors.Join(os.Remove(log), os.Symlink("/etc/passwd", log)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Log(); !errors.Is(err, unix.ELOOP) {
		t.Errorf("a link is opened: %v", err)
	}
	started := filepath.Join(r.dir.Name(), startedName)
	if err := errors.Join(os.Remove(started), unix.Mkfifo(started, 0o600)); err != nil {
		t.Fatal(err)
	}
	if s, err := k.Started(); err == nil {
		t.Errorf("a FIFO says %v", s)
	}
}

func TestStateHome(t *testing.T) {
	for name, c := range map[string]struct {
		uid         int
		xdg, home   string
		want, error string
	}{
		"root":              {0, "/x", "/root", "/var/lib/slimrun", ""},
		"by the variable":   {1000, "/x/state", "/home/a", "/x/state/slimrun", ""},
		"not absolute":      {1000, "state", "/home/a", "/home/a/.local/state/slimrun", ""},
		"of the home":       {1000, "", "/home/a", "/home/a/.local/state/slimrun", ""},
		"nobody knows them": {4242424, "", "", "", "has no home"},
	} {
		got, err := StateHome(c.uid, func(name string) string {
			return map[string]string{"XDG_STATE_HOME": c.xdg, "HOME": c.home}[name]
		})
		if got != c.want || (err == nil) != (c.error == "") || err != nil && !strings.Contains(err.Error(), c.error) {
			t.Errorf("%s: %q, %v; want %q, %q", name, got, err, c.want, c.error)
		}
	}
}

// Where nothing is kept there is no record, and nothing is made for asking.
func TestNoHome(t *testing.T) {
	state := filepath.Join(t.TempDir(), "slimrun")
	home, err := openHome(state, false)
	if home != nil || err != nil {
		t.Fatalf("got %v, %v", home, err)
	}
	if all, err := List(home); all != nil || err != nil {
		t.Errorf("got %v, %v", all, err)
	}
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("it was made: %v", err)
	}
}

// Where files run out some records are told of, and some files are left.
func TestFew(t *testing.T) {
	home := testHome(t)
	var all []*Kept
	for range spare + 3 {
		r := begun(t, home, "web", "")
		all = append(all, one(t, home))
		r.close()
	}
	got, err := few(all, 100)
	defer func() {
		for _, kept := range got {
			kept.Close()
		}
	}()
	if len(got) != 3 || !errors.Is(err, unix.EMFILE) || problem.Remedy(err) == "" {
		t.Errorf("got %d, %v, want 3 and why", len(got), err)
	}
	if all[3].lock.Close() == nil || all[2].lock.Fd() == ^uintptr(0) {
		t.Error("want those closed that are not told of, and no others")
	}
}
