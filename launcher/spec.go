package launcher

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/nsinit"
	"github.com/slimrun/slimrun/unit"
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
	Limits      []unit.Asked
	Extras      []unit.Property
	Kind        unit.Kind
	Name        string // with .scope; "" generates one
	Slice       string
	SliceLimits []unit.Asked
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
	Trace       *Trace

	Unshare    Unshare
	Identity   Identity
	Files      nsinit.Files
	Attributes nsinit.Attributes
	Guard      nsinit.Guard
}

// NewSpec reads a request. The error joins every problem with it.
func NewSpec(request Request) (Spec, error) {
	spec := Spec{
		Argv: request.Argv, Description: request.Description, Workdir: request.Workdir,
		Hostname: request.Hostname, PassFDs: request.PassFDs, NoInit: request.NoInit, PrivateTTY: request.PrivateTTY,
		BestEffort: request.BestEffort, Tell: request.Tell, Report: request.Report, Summary: request.Summary,
		Trace: newTrace(os.Getenv("SLIMRUN_TRACE")),
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

// readLimits reads the limits in the table's order, and what they imply:
// memory alone means memory, so swap is 0; and the kernel kills alone.
func readLimits(request Request) ([]unit.Asked, []unit.Property, error) {
	var problems []error
	asked := map[string]unit.Asked{}
	limits, err := fromDocker(request.Limits)
	problems = append(problems, err)
	for flag, text := range limits {
		limit, err := unit.Ask(flag, text)
		problems = append(problems, err)
		asked[flag] = limit
	}
	var extras []unit.Property
	for _, assignment := range request.Properties {
		extra, err := unit.ParseProperty(assignment)
		problems = append(problems, err)
		switch {
		case err != nil:
		case extra.Limit != nil:
			asked[extra.Limit.Limit.Flag] = *extra.Limit
		default:
			extras = append(extras, extra.Property)
		}
	}
	if err := joinSorted(problems); err != nil {
		return nil, nil, err
	}
	imply(asked)
	return inOrder(asked), extras, nil
}

// joinSorted joins errors in a fixed order: they come from a map.
func joinSorted(problems []error) error {
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

func imply(asked map[string]unit.Asked) {
	_, memory := asked["memory"]
	if _, swap := asked["swap"]; memory && !swap {
		asked["swap"] = unit.Imply("swap", "0")
	}
	if _, oom := asked["oom"]; !oom {
		asked["oom"] = unit.Imply("oom", "continue")
	}
}

func inOrder(asked map[string]unit.Asked) []unit.Asked {
	var limits []unit.Asked
	for _, row := range unit.Limits {
		if limit, ok := asked[row.Flag]; ok {
			limits = append(limits, limit)
		}
	}
	return limits
}

// unitChars are those that systemd takes in a unit's name (VALID_CHARS of
// src/basic/unit-name.c), without the backslash of escapes and the @ of
// templates.
const unitChars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_."

func scopeName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	base := strings.TrimSuffix(name, ".scope")
	problem := ""
	switch {
	case strings.Trim(base, unitChars) != "" || base == "" || strings.Trim(base, ".") == "":
		problem = "want letters, digits and :-_."
	case len(base) > 249: // UNIT_NAME_MAX is 256 with the suffix and a NUL
		problem = "want at most 249 bytes"
	case isUnitType(filepath.Ext(base)):
		problem = "a run is a scope: want a name without " + filepath.Ext(base)
	default:
		return base + ".scope", nil
	}
	return "", fmt.Errorf("--name %q: %s", name, problem)
}

func isUnitType(suffix string) bool {
	types := []string{".service", ".socket", ".target", ".device", ".mount", ".automount", ".swap", ".timer", ".path", ".slice", ".scope"}
	return slices.Contains(types, suffix)
}

func sliceName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	base := strings.TrimSuffix(name, ".slice")
	if strings.Trim(base, unitChars) != "" || base == "" || isUnitType(filepath.Ext(base)) ||
		strings.HasPrefix(base, "-") || strings.HasSuffix(base, "-") || strings.Contains(base, "--") || len(base) > 249 {
		return "", fmt.Errorf(`--slice %q: want a slice's name such as "build" or "build-nightly"`, name)
	}
	return base + ".slice", nil
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

// environment is the caller's, with what was asked for put over it.
func environment(caller, asked []string) ([]string, error) {
	var problems []error
	env := slices.Clone(caller)
	for _, assignment := range asked {
		name, _, hasValue := strings.Cut(assignment, "=")
		if name == "" || strings.ContainsRune(assignment, 0) {
			problems = append(problems, fmt.Errorf("--env %q: want NAME=VALUE", assignment))
			continue
		}
		if !hasValue {
			continue // the caller's own is there already
		}
		env = slices.DeleteFunc(env, func(have string) bool { return strings.HasPrefix(have, name+"=") })
		env = append(env, assignment)
	}
	return env, errors.Join(problems...)
}
