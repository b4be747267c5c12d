package spec

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/limit"
)

// Request is what the command line says, unread.
type Request struct {
	Argv        []string
	Limits      map[string]string // flag → value, the table's flags
	Properties  []string          // -p NAME=VALUE
	Manager     string
	System      bool
	User        bool
	Name        string
	Slice       string
	SliceLimits []string // FLAG=VALUE, limits of the slice itself
	Tell        bool
	Description string
	Share       []string
	Hostname    string
	HasHostname bool
	Workdir     string
	Env         []string // NAME=VALUE, or NAME to take the caller's
	PassFDs     []int
	NoInit      bool
	PrivateTTY  bool
	BestEffort  bool
	Report      string
	Summary     bool

	Unshare    []string
	Identity   IdentityRequest
	Files      FileRequest
	Attributes AttributeRequest
	Guard      GuardRequest
}

// Spec is a request that has been read: every value is valid.
type Spec struct {
	Argv        []string
	Env         []string
	Limits      []limit.Asked
	Extras      []limit.Property
	Kind        unit.Kind
	Name        string // with .scope; "" generates one
	Slice       string
	SliceLimits []limit.Asked
	Tell        bool // runtimes, by variables, of the limits
	Description string
	Share       Share
	Hostname    string
	Workdir     string
	PassFDs     []int
	NoInit      bool
	PrivateTTY  bool
	BestEffort  bool
	Report      string
	Summary     bool

	Unshare    Unshare
	Identity   Identity
	Files      nsinit.Files
	Attributes nsinit.Attributes
	Guard      nsinit.Guard
}

// New reads a request. The error joins every problem with it.
func New(request Request) (Spec, error) {
	spec := Spec{
		Argv: request.Argv, Description: request.Description, Workdir: request.Workdir,
		Hostname: request.Hostname, PassFDs: request.PassFDs, NoInit: request.NoInit, PrivateTTY: request.PrivateTTY,
		BestEffort: request.BestEffort, Tell: request.Tell, Report: request.Report, Summary: request.Summary,
	}
	var problems []error
	note := func(err error) { problems = append(problems, err) }
	var err error
	spec.Limits, spec.Extras, err = readLimits(request)
	note(err)
	spec.Kind, err = managerKind(request)
	note(err)
	spec.Name, err = scopeName(request.Name)
	note(err)
	spec.Slice, err = sliceName(request.Slice)
	note(err)
	spec.SliceLimits, err = readSliceLimits(request.Slice, request.SliceLimits)
	note(err)
	spec.Share, err = ParseShare(request.Share)
	note(err)
	spec.Unshare, err = readUnshare(request.Unshare, spec.Share, request.Share)
	note(err)
	spec.Identity, err = readIdentity(request.Identity, spec.Share)
	note(err)
	spec.Files, err = readFiles(request.Files, spec.Share)
	note(err)
	spec.Files.FreshSys = spec.Unshare.Net
	spec.Attributes, err = readAttributes(request.Attributes)
	note(err)
	spec.Guard, err = readGuard(request.Guard, request.Files.Root)
	note(err)
	spec.Env, err = environment(os.Environ(), request.Env)
	note(err)
	note(checkHostname(request, spec.Share))
	note(checkText("--description", request.Description))
	note(checkFDs(request.PassFDs))
	note(checkReport(request.Report))
	return spec, errors.Join(problems...)
}

// managerKind reads --manager and its two short forms.
func managerKind(request Request) (unit.Kind, error) {
	name := request.Manager
	for _, short := range []struct {
		given bool
		kind  unit.Kind
	}{{request.System, unit.SystemKind}, {request.User, unit.UserKind}} {
		if short.given && name != "" && name != string(short.kind) {
			return "", fmt.Errorf("--%s: --manager %s is asked for too: drop one of the two", short.kind, name)
		}
		if short.given {
			name = string(short.kind)
		}
	}
	return unit.ParseKind(name, os.Geteuid())
}

func checkHostname(request Request, share Share) error {
	if !request.HasHostname {
		return nil
	}
	name := request.Hostname
	switch {
	case name == "" || len(name) > 64 || strings.ContainsRune(name, 0):
		return fmt.Errorf("--hostname %q: want 1 to 64 bytes", name)
	case share.UTS:
		return fmt.Errorf("--hostname %q: --share uts would change the machine's own: drop one of the two", name)
	}
	return nil
}

// checkText: D-Bus strings are UTF-8 without NUL; systemd drops the
// connection on others.
func checkText(flag, text string) error {
	if strings.ToValidUTF8(text, "") != text || strings.ContainsRune(text, 0) {
		return fmt.Errorf("%s %q: want UTF-8 text", flag, text)
	}
	return nil
}

func checkFDs(fds []int) error {
	for _, fd := range fds {
		if fd < 3 {
			return fmt.Errorf("--pass-fd %d: want 3 or more; 0, 1 and 2 are passed anyway", fd)
		}
		if !isOpen(fd) {
			return fmt.Errorf("--pass-fd %d: it is not open", fd)
		}
	}
	return nil
}

func checkReport(target string) error {
	number, ok := strings.CutPrefix(target, "fd:")
	if !ok {
		return nil
	}
	fd, err := strconv.Atoi(number)
	if err != nil || fd < 0 || !isOpen(fd) {
		return fmt.Errorf(`--report %q: want the number of an open file descriptor, such as "fd:3"`, target)
	}
	return nil
}

// WantsUsage says whether the run's figures will be shown.
func (s Spec) WantsUsage() bool { return s.Report != "" || s.Summary }

// isOpen says whether the caller left this descriptor open: it came through
// an exec, so it does not close on one, as those of the Go runtime do.
func isOpen(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}
