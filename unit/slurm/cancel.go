package slurm

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
)

// Cancel calls scancel: with a job or a step, and with --signal= to signal it alone.
func Cancel(ctx context.Context, args ...string) error {
	program, err := Program("scancel")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = Environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a terminal's signals are slimrun's
	if words, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("scancel %q: %w: %s", args, err, words)
	}
	return nil
}
