package console

import (
	"fmt"
	"strings"

	"github.com/slimrun/slimrun/launcher/plan"
	"github.com/slimrun/slimrun/unit/limit"
)

// DryRun prints what a run would ask systemd for, on stdout: the unit, every
// property with its D-Bus type, and the systemd-run line that comes nearest.
func (c Console) DryRun(planned plan.Plan) {
	fmt.Fprintf(c.Out, "manager   %s\nunit      %s\n", planned.Manager, planned.Unit)
	c.properties("property", planned.Properties)
	if planned.SliceLimits != nil {
		fmt.Fprintf(c.Out, "slice     %s\n", planned.Slice)
		c.properties("of slice", planned.SliceLimits)
	}
	fmt.Fprintf(c.Out, "nearest   %s\n", QuoteAll(planned.Nearest))
}

func (c Console) properties(what string, properties []limit.Property) {
	for _, property := range properties {
		fmt.Fprintf(c.Out, "%-9s %-24s %-6s %s\n", what, property.Name, property.Value.Signature(), value(property))
	}
}

// value shows a property as people know it, systemd's UINT64_MAX as infinity.
func value(property limit.Property) string {
	if v := property.Value.Value(); v != limit.Infinity {
		return fmt.Sprint(v)
	}
	return "infinity"
}

// QuoteAll writes words as one line for a POSIX shell.
func QuoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = Quote(word)
	}
	return strings.Join(quoted, " ")
}

// plain are characters that no shell touches.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_"

// Quote writes a word as a POSIX shell reads it back.
func Quote(word string) string {
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
