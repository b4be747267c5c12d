package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slimrun/slimrun/unit"
)

// Checkup is what works here for this user.
type Checkup struct {
	Schema  string       `json:"schema"`
	Version string       `json:"version"`
	User    string       `json:"user"`
	Works   bool         `json:"ok"` // a run under a memory limit has been seen to
	Checks  []unit.Check `json:"checks"`
}

// Status is doctor's exit status.
func (c Checkup) Status() int {
	if c.Works {
		return 0
	}
	return 1
}

// WriteJSON writes the checkup as one object, schema slimrun.doctor/1.
func (c Checkup) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(c)
}

// Examine looks at everything that a run rests on, and then runs one: what
// the tables of the machine say is a guess, the run is the proof.
func Examine(version string, tell Narrator) Checkup {
	host := unit.ThisHost()
	c := Checkup{Schema: "slimrun.doctor/1", Version: version, User: host.UserName()}
	// The probe first: where it boots the embedded manager, that is there to see.
	probes, works := probe(tell)
	signal.Reset() // the probe passed them on; from here on they end the doctor
	c.Checks = append(host.Examine(context.Background()), examineUser(host)...)
	c.Checks = append(c.Checks, probes...)
	c.Works = works
	return c
}

// examineUser looks at what gives a user ids and namespaces of their own.
func examineUser(host unit.Host) []unit.Check {
	return []unit.Check{userNamespaces(host), mapper(host, "newuidmap", "subuid"), mapper(host, "newgidmap", "subgid")}
}

func userNamespaces(host unit.Host) unit.Check {
	const name = "user namespaces"
	needed := unit.Missing
	if host.UID != 0 {
		needed = unit.Broken
	}
	if !host.Has("/proc/self/ns/user") {
		return unit.Check{Name: name, State: needed, Found: "this kernel has none", Remedy: "boot a kernel with CONFIG_USER_NS; --share all gives the limits alone"}
	}
	if s, ok := forbidden(host.Read); ok {
		return unit.Check{Name: name, State: needed, Found: fmt.Sprintf("%s is %s", s.file, s.bad), Remedy: "as root: " + s.mend}
	}
	return unit.Check{Name: name, State: unit.Works, Found: "nothing seen that restricts them"}
}

// mapper is a program that --map-auto needs, with the ids it may hand out.
func mapper(host unit.Host, program, table string) unit.Check {
	path := filepath.Join("/usr/bin", program)
	if !host.Has(path) {
		return unit.Check{Name: program, State: unit.Missing, Found: path + " is not installed: no --map-auto", Remedy: "as root: apt-get install uidmap, dnf install shadow-utils"}
	}
	if host.UID == 0 {
		return unit.Check{Name: program, State: unit.Works, Found: path}
	}
	name := host.UserName()
	for line := range strings.Lines(host.Read("/etc/" + table)) {
		owner, ids, _ := strings.Cut(strings.TrimSpace(line), ":")
		if owner == name || owner == strconv.Itoa(host.UID) {
			return unit.Check{Name: program, State: unit.Works, Found: fmt.Sprintf("%s, with ids %s", path, ids)}
		}
	}
	return unit.Check{
		Name: program, State: unit.Missing, Found: fmt.Sprintf("/etc/%s gives %s no ids: no --map-auto", table, name),
		Remedy: fmt.Sprintf("as root: usermod --add-%ss 100000-165535 %s", table, name),
	}
}

// probe runs `true` under a memory limit, which proves it or fails; where it
// fails, once more with the limit alone, to tell what is to blame.
func probe(tell Narrator) (checks []unit.Check, works bool) {
	whole := probeRun("a run", nil, tell)
	if whole.State == unit.Works {
		return []unit.Check{whole}, true
	}
	limits := probeRun("limits alone", []string{"all"}, tell)
	if limits.State == unit.Works {
		limits.Remedy = "until the rest works: --share all"
	}
	return []unit.Check{limits, whole}, false
}

func probeRun(name string, share []string, tell Narrator) unit.Check {
	spec, err := NewSpec(Request{
		Argv: []string{"true"}, Workdir: "/", Share: share, Limits: map[string]string{"memory": "64M"}, Summary: true,
	})
	if err != nil {
		return probeFailed(name, err)
	}
	started := time.Now()
	verdict := Run(spec, tell)
	took := time.Since(started).Round(time.Millisecond)
	var unusable unusable
	switch {
	case errors.As(verdict.Err, &unusable) && errors.Is(verdict.Err, syscall.ENOENT):
		// No `true` here: the limit was proven all the same.
	case verdict.Err != nil:
		return probeFailed(name, verdict.Err)
	case verdict.Status != 0:
		return unit.Check{Name: name, State: unit.Broken, Found: fmt.Sprintf("`true` ended with status %d", verdict.Status)}
	}
	return unit.Check{Name: name, State: unit.Works, Found: proven(verdict, took)}
}

func proven(v Verdict, took time.Duration) string {
	said := ""
	for _, proof := range v.Proofs {
		if proof.Asked.Limit.Flag == "memory" {
			said = proof.Kernel
		}
	}
	return fmt.Sprintf("the %s manager ran `true` with --memory 64M in %v; the kernel said %s", v.Manager, took, said)
}

// probeFailed gives the first of joined errors its hint as the remedy.
func probeFailed(name string, err error) unit.Check {
	check := unit.Check{Name: name, State: unit.Broken, Found: strings.ReplaceAll(err.Error(), "\n", "; ")}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		check.Remedy = hinted.Hint()
	}
	return check
}
