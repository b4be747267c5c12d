package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit"
	"github.com/slimrun/slimrun/unit/cgroup"
	"github.com/slimrun/slimrun/unit/limit"
)

// summary says to people what the report says to scripts.
func (c Console) summary(v verdict.Verdict) {
	for _, line := range [][2]string{
		{"outcome", outcome(v)},
		{kind(v), v.Unit},
		{"time", v.Wall.Round(100 * time.Microsecond).String()},
		{"cpu", fmt.Sprintf("%s (user %s, system %s), throttled %s", span(v.Usage.CPU), span(v.Usage.CPUUser),
			span(v.Usage.CPUSystem), span(v.Usage.Throttled))},
		{"memory", fmt.Sprintf("peak %s, limit %s; swap peak %s, limit %s", size(v.Usage.MemoryPeak),
			v.Limit(limit.Memory), size(v.Usage.SwapPeak), v.Limit(limit.Swap))},
		{"kills", fmt.Sprintf("%s for memory, %s times at the limit", number(v.OOM.Kills), number(v.OOM.Max))},
		{"felt", felt(v.Felt())},
		{"pids", fmt.Sprintf("peak %s, limit %s", number(v.Usage.PidsPeak), v.Limit(limit.Pids))},
		{"io", fmt.Sprintf("read %s, written %s", size(v.Usage.IORead), size(v.Usage.IOWrite))},
		{"pressure", pressures(v.Usage)},
		{"limits", limits(append(v.Proofs, v.SliceProofs...))},
	} {
		c.say("%-9s %s", line[0], line[1])
	}
	if course := c.sparkline(v.Samples); course != "" {
		c.say("%-9s %s", "course", course)
	}
}

// kind is what the run was in.
func kind(v verdict.Verdict) string {
	if v.Step != nil {
		return "step"
	}
	return "scope"
}

func outcome(v verdict.Verdict) string {
	text := fmt.Sprintf("%s, status %d", v.Outcome, v.Status)
	if v.Signal != 0 {
		text += fmt.Sprintf(", signal %d (%s)", int(v.Signal), v.Signal)
	}
	return text
}

func pressures(usage cgroup.Usage) string {
	var parts []string
	for _, resource := range cgroup.Resources {
		if pressure := usage.Pressure[resource]; pressure != nil {
			parts = append(parts, resource+" "+span(pressure.Some))
		}
	}
	if parts == nil {
		return "unknown"
	}
	return "waited for " + strings.Join(parts, ", ")
}

// felt names the limits that were, and how much.
func felt(all []verdict.Felt) string {
	var parts []string
	for _, f := range all {
		text := fmt.Sprintf("%d times", f.Times)
		switch {
		case f.Share > 0:
			text = fmt.Sprintf("%.0f%% of the time", max(f.Share*100, 1))
		case f.Times == 1:
			text = "once"
		}
		parts = append(parts, "--"+f.Row.Flag+" "+text)
	}
	if parts == nil {
		return "no limit"
	}
	return strings.Join(parts, ", ")
}

func limits(proofs []unit.Proof) string {
	var parts []string
	for _, proof := range proofs {
		word := "proven"
		switch {
		case !proof.Proven:
			word = "NOT proven"
		case proof.Changed:
			word = fmt.Sprintf("proven, and changed by somebody to %q", proof.Kernel)
		}
		parts = append(parts, proof.Asked.String()+" "+word)
	}
	return strings.Join(parts, ", ")
}
