package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A lab is what all suites of one call share: the cache, which outlives it, and
// a folder of this call's own with the programs under test.
type lab struct {
	cache   string          // images, and the logs of each suite's last run
	dir     string          // stage/ARCH/bin/slimrun and .../e2e.test, and the machines' drives
	named   string          // the scenarios that are to run, by a regexp; empty for each suite's
	sharing []suite         // which share the scenarios; none: each runs all
	ctx     context.Context // done when this call is told to end, and its machines with it
}

// bootLimit is for all that a machine does beside the tests: it is what turns one that
// hangs into a log.
const bootLimit = 4 * time.Minute

// userLimit is when the guest ends a user's tests. Whoever names scenarios may name all for
// a machine that is slow.
func (l *lab) userLimit() time.Duration {
	if l.named != "" {
		return time.Hour
	}
	return 25 * time.Minute
}

func openLab(ctx context.Context) (*lab, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no place for the images: %w: set HOME or XDG_CACHE_HOME", err)
	}
	l := &lab{ctx: ctx, cache: filepath.Join(cache, "slimrun-vm")}
	if err := os.MkdirAll(l.cache, 0o755); err != nil {
		return nil, err
	}
	l.dir, err = os.MkdirTemp("", "slimrun-vm-")
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(l.dir, 0o755) // ordinary users run these programs too
}

func (l *lab) close() { _ = os.RemoveAll(l.dir) }

// log opens NAME of the suite's logs, which stay until the suite runs again.
func (l *lab) log(s suite, name string) (*os.File, error) {
	dir := filepath.Join(l.cache, "log", s.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return os.Create(filepath.Join(dir, name))
}

// runAll runs this machine's own suite alone, since it also asserts times, and
// then the machines two at a time, which is what two cores take.
func (l *lab) runAll(suites []suite) []*result {
	results := make([]*result, len(suites))
	for i, s := range suites {
		if s.native() {
			results[i] = l.runNative(s)
		}
	}
	var machines sync.WaitGroup
	slots := make(chan bool, 2)
	for i, s := range suites {
		if s.native() {
			continue
		}
		slots <- true // in their order: the longest should be named first
		machines.Go(func() {
			results[i] = l.runMachine(s)
			<-slots
		})
	}
	machines.Wait()
	return results
}
