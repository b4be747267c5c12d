package unit

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/slimrun/slimrun/unit/limit"
	"github.com/slimrun/slimrun/unit/problem"
	"github.com/slimrun/slimrun/unit/wire"
)

func aScope() Scope {
	return Scope{
		Name: "a.scope", PID: os.Getpid(),
		Properties: []limit.Property{limit.NewProperty("Description", "slimrun a"), limit.NewProperty("MemoryMax", uint64(104857600))},
		Optional:   []limit.Property{limit.NewProperty("OOMPolicy", "continue")},
	}
}

// Row B8: the job's end comes before the reply that names the job. And the
// call is, on the wire, what systemd takes.
func TestStartScopeOnTheWire(t *testing.T) {
	f := newFake(t, nil)
	if err := dialFake(t, f).StartScope(within(t, 5*time.Second), aScope(), nothing); err != nil {
		t.Fatal("B8:", err)
	}
	calls := f.seen()
	if len(calls) != 1 {
		t.Fatalf("%d calls, want 1", len(calls))
	}
	call := calls[0]
	if call.Signature != "ssa(sv)a(sa(sv))" || call.Name != "a.scope" || call.Mode != "fail" || len(call.Aux) != 0 {
		t.Errorf("StartTransientUnit(%q, %q, ..., %v) of signature %q", call.Name, call.Mode, call.Aux, call.Signature)
	}
	for name, want := range map[string]any{
		"PIDs": []uint32{uint32(os.Getpid())}, "MemoryMax": uint64(104857600), "Description": "slimrun a", "OOMPolicy": "continue",
	} {
		if diff := cmp.Diff(want, call.property(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// onTheWire has a value of each type.
var onTheWire = map[string]string{
	"memory": "100M", "swap": "0", "cpus": "1.5", "cpu-weight": "idle", "cpuset": "0-2,5", "pids": "infinity", "timeout": "30s", "oom": "kill",
}

// A run's own slice is made with it in one call, and goes with the last in it.
func TestStartScopeNested(t *testing.T) {
	f := newFake(t, nil)
	scope := aScope()
	scope.Slices = []Slice{{Name: "nest1.slice", Properties: []limit.Property{limit.Memory.Imply("1M").Property()}}}
	if err := dialFake(t, f).StartScope(within(t, 5*time.Second), scope, nothing); err != nil {
		t.Fatal(err)
	}
	aux := f.seen()[0].Aux
	if len(aux) != 1 || aux[0].Name != "nest1.slice" {
		t.Fatalf("beside the scope: %+v", aux)
	}
	slice := startCall{Properties: aux[0].Properties}
	if slice.property("MemoryMax") != uint64(1<<20) || slice.property("StopWhenUnneeded") != true {
		t.Errorf("the slice is %+v", aux[0].Properties)
	}
}

// Every limit of the table goes over the wire with the type it names.
func TestLimitsOnTheWire(t *testing.T) {
	scope := aScope()
	for flag, text := range onTheWire {
		row, _ := limit.Find(flag)
		asked, err := row.Ask(text)
		if err != nil {
			t.Fatal(err)
		}
		scope.Properties = append(scope.Properties, asked.Property())
	}
	scope.Properties = append(scope.Properties, limit.NewProperty("IOReadBandwidthMax", []struct {
		Path string
		Rate uint64
	}{{"/dev/sda", 4096}}))
	f := newFake(t, nil)
	if err := dialFake(t, f).StartScope(within(t, 5*time.Second), scope, nothing); err != nil {
		t.Fatal(err)
	}
	for _, p := range f.seen()[0].Properties {
		i := slices.IndexFunc(limit.Rows, func(row *limit.Row) bool { return row.Property == p.Name })
		if got := p.Value.Signature().String(); i >= 0 && got != limit.Rows[i].Type {
			t.Errorf("%s came as %q, want %q", p.Name, got, limit.Rows[i].Type)
		}
	}
}

// The job's end after the reply, and other jobs' ends before it.
func TestStartScopeAmongOtherJobs(t *testing.T) {
	f := newFake(t, func(f *fakeManager, call startCall) (dbus.ObjectPath, *dbus.Error) {
		f.finish("/org/freedesktop/systemd1/job/6", "other.scope", "failed")
		time.AfterFunc(20*time.Millisecond, func() { f.finish(fakeJob, call.Name, "done") })
		return fakeJob, nil
	})
	if err := dialFake(t, f).StartScope(within(t, 5*time.Second), aScope(), nothing); err != nil {
		t.Error(err)
	}
}

// Row B7: a reply, and then no word of the job.
func TestStartScopeWithoutJobRemoved(t *testing.T) {
	f := newFake(t, func(*fakeManager, startCall) (dbus.ObjectPath, *dbus.Error) { return fakeJob, nil })
	err := dialFake(t, f).StartScope(within(t, 100*time.Millisecond), aScope(), nothing)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "a.scope") ||
		problem.Remedy(err) == "" {
		t.Errorf("B7: %v, hint %q, want the deadline, the name and a remedy", err, problem.Remedy(err))
	}
	f.wantStopped(t, "a.scope")
}

// Row B9: the job ends, but not with "done".
func TestStartScopeJobFails(t *testing.T) {
	for _, result := range []string{"failed", "canceled", "timeout", "dependency", "skipped", ""} {
		t.Run("B9 "+result, func(t *testing.T) {
			f := newFake(t, func(f *fakeManager, call startCall) (dbus.ObjectPath, *dbus.Error) {
				f.finish(fakeJob, call.Name, result)
				return fakeJob, nil
			})
			err := dialFake(t, f).StartScope(within(t, 5*time.Second), aScope(), nothing)
			if err == nil || !strings.Contains(err.Error(), `"`+result+`"`) {
				t.Errorf("error %v, want it to name %q", err, result)
			}
			f.wantStopped(t, "a.scope")
		})
	}
}

// Rows B5 B6 B14 B15: refusals, each with its name and its remedy.
func TestStartScopeRefused(t *testing.T) {
	for row, c := range map[string]struct{ name, message, want, hint string }{
		"B5 access":     {"org.freedesktop.DBus.Error.AccessDenied", "Permission denied", "refuses a.scope", "--user"},
		"B5 polkit":     {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "Interactive authentication required.", "refuses a.scope", "--user"},
		"B6 taken":      {"org.freedesktop.systemd1.UnitExists", "Unit a.scope was already loaded", "a.scope is there already", "--name"},
		"B6 going":      {"org.freedesktop.systemd1.TransactionIsDestructive", "a.slice has 'stop' job queued", "is going", "try again"},
		"B6 shutdown":   {"org.freedesktop.systemd1.TransactionIsDestructive", "shutdown.target has 'start' job queued", "refuses a.scope", "man"},
		"P6 killed":     {"org.freedesktop.DBus.Error.InvalidArgs", "Process with ID 711 does not exist.", "was killed before", "try again"},
		"B14 read-only": {"org.freedesktop.DBus.Error.PropertyReadOnly", "Cannot set property MemoryMax, or unknown property.", "MemoryMax", "older"},
		"B14 unknown":   {"org.freedesktop.DBus.Error.UnknownProperty", "Unknown property MemoryMax", "MemoryMax", "older"},
		"B15 value":     {"org.freedesktop.DBus.Error.InvalidArgs", "MemoryMax= is out of range", "MemoryMax= is out of range", "man systemd.resource-control"},
	} {
		t.Run(row, func(t *testing.T) {
			f := newFake(t, func(*fakeManager, startCall) (dbus.ObjectPath, *dbus.Error) {
				return "", dbus.NewError(c.name, []any{c.message})
			})
			m := dialFake(t, f)
			err := m.StartScope(within(t, 5*time.Second), aScope(), nothing)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(problem.Remedy(err), c.hint) {
				t.Errorf("error %v, hint %q, want %q and %q", err, problem.Remedy(err), c.want, c.hint)
			}
			for cause, at := range map[error]string{ErrTaken: "B6 taken", ErrGoing: "B6 going"} {
				if errors.Is(err, cause) != (row == at) {
					t.Errorf("%v is %q: %v", err, cause, errors.Is(err, cause))
				}
			}
			if len(f.seen()) != 1 {
				t.Errorf("%d calls, want one", len(f.seen()))
			}
			f.wantNoStop(t, m)
		})
	}
}

// Row B14: an optional property that this systemd does not know is left out,
// and only that.
func TestStartScopeLeavesOutOptional(t *testing.T) {
	f := newFake(t, func(f *fakeManager, call startCall) (dbus.ObjectPath, *dbus.Error) {
		if call.property("OOMPolicy") != nil {
			return "", dbus.NewError("org.freedesktop.DBus.Error.PropertyReadOnly",
				[]any{"Cannot set property OOMPolicy, or unknown property."})
		}
		f.finish(fakeJob, call.Name, "done")
		return fakeJob, nil
	})
	if err := dialFake(t, f).StartScope(within(t, 5*time.Second), aScope(), nothing); err != nil {
		t.Fatal("B14:", err)
	}
	calls := f.seen()
	if len(calls) != 2 || calls[1].property("MemoryMax") == nil || !slices.Equal(names(calls[0])[:3], names(calls[1])) {
		t.Errorf("calls %v: want the second without OOMPolicy alone", calls)
	}
}

func names(call startCall) (names []string) {
	for _, p := range call.Properties {
		names = append(names, p.Name)
	}
	return names
}

// Row B10: the bus dies before the reply, or between reply and job's end.
func TestStartScopeBusDies(t *testing.T) {
	for name, start := range map[string]func(*fakeManager, startCall) (dbus.ObjectPath, *dbus.Error){
		"B10 before the reply": func(f *fakeManager, _ startCall) (dbus.ObjectPath, *dbus.Error) {
			f.hangup()
			return fakeJob, nil
		},
		"B10 before the job's end": func(f *fakeManager, _ startCall) (dbus.ObjectPath, *dbus.Error) {
			time.AfterFunc(20*time.Millisecond, f.hangup)
			return fakeJob, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			err := dialFake(t, newFake(t, start)).StartScope(within(t, 10*time.Second), aScope(), nothing)
			if err == nil || problem.Remedy(err) == "" || time.Since(begin) > 5*time.Second {
				t.Errorf("error %v, hint %q after %v, want both at once", err, problem.Remedy(err), time.Since(begin))
			}
		})
	}
}

// Row B2: the manager takes the call and never answers.
func TestStartScopeNeverAnswered(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	f := newFake(t, func(*fakeManager, startCall) (dbus.ObjectPath, *dbus.Error) { <-block; return fakeJob, nil })
	err := dialFake(t, f).StartScope(within(t, 100*time.Millisecond), aScope(), nothing)
	if !errors.Is(err, context.DeadlineExceeded) || problem.Remedy(err) == "" {
		t.Errorf("B2: %v, hint %q, want the deadline and a remedy", err, problem.Remedy(err))
	}
}

// What systemd says of a scope that is being stopped.
func TestEnding(t *testing.T) {
	f := newFake(t, nil)
	m := dialFake(t, f)
	for _, c := range []struct {
		state, result, want string
		gone                bool
	}{
		{"deactivating", "timeout", "timeout", false},
		{"deactivating", "success", "success", false},
		{"active", "success", "", false},
		{"inactive", "success", "", true}, // what systemd says of a unit that is gone
		{"failed", "oom-kill", "", true},
	} {
		f.props = map[string]any{"Result": c.result, "ActiveState": c.state}
		if got, err := m.Ending(within(t, 5*time.Second), "a.scope"); got != c.want || (err != nil) != c.gone {
			t.Errorf("%s, %s: ending is %q, %v, want %q", c.state, c.result, got, err, c.want)
		}
	}
	f.props = map[string]any{"ActiveState": "deactivating"}
	if result, err := m.Ending(within(t, 5*time.Second), "a.scope"); err == nil {
		t.Errorf("an unknown property reads %q", result)
	}
}

// Row B4: a socket that ends or refuses the greeting has not heard the question
// behind it, which is asked at the next; behind one that is silent it may still
// be heard, and no other is asked.
func TestStartScopeAsksTheNext(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]int{"": 1, "REJECTED EXTERNAL\r\n": 1, "silence": 0} {
		f := newFake(t, nil)
		m := &Manager{Kind: SystemKind, sockets: []wire.Socket{own(answering(t, answer)), own(f.path)}}
		ctx := within(t, wire.FirstWord+2*time.Second) // silence ends before the patience does
		if err := m.Dial(ctx, nil); err != nil {
			t.Fatal(err)
		}
		met := 0
		err := m.StartScope(ctx, aScope(), func() { met++ })
		if asked := len(f.seen()); asked != want || (err == nil) != (want == 1) || met != 1 {
			t.Errorf("B4 %q: the next was asked %d times, want %d; met %d times; %v", answer, asked, want, met, err)
		}
		m.Hangup()
	}
}

// answering is a socket at which each greeting gets that answer, and the end.
func answering(t *testing.T, answer string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "private")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			stream, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { stream.Close() })
			if answer != "silence" {
				io.WriteString(stream, answer)
				stream.Close()
			}
		}
	}()
	return path
}
