package spec

import (
	"cmp"
	"fmt"

	"github.com/slimrun/slimrun/launcher/sizing"
	"github.com/slimrun/slimrun/unit/limit"
)

// auto asks for the limit that the command's past runs speak for.
const auto = "auto"

// finishAuto turns it into that.
func (d *Draft) finishAuto() error {
	if d.limits[limit.Memory] != auto || len(d.spec.Argv) == 0 {
		return nil
	}
	suggested, err := sizing.For(d.spec.Argv)
	if err != nil {
		delete(d.limits, limit.Memory) // what is wrong is said once
		return fmt.Errorf("--%s %s: %w", cmp.Or(d.names[limit.Memory], limit.Memory.Flag), auto, err)
	}
	d.limits[limit.Memory] = limit.FormatSize(suggested.Memory)
	return nil
}
