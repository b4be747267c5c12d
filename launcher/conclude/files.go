package conclude

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/slimrun/slimrun/launcher"
	"github.com/slimrun/slimrun/launcher/output"
	"github.com/slimrun/slimrun/launcher/spec"
)

// Files are those that were asked for, opened before anything else is done.
type Files struct{ report, picture file }

// file is one of them; the zero one is none.
type file struct {
	doing, target string
	to            *output.File
}

// Open opens them. A directory is told at once, and is no reason not to run. Errors:
// each one that cannot be written.
func Open(asked spec.Spec, tell launcher.Narrator) (Files, error) {
	report, err1 := open("writing the report", asked.Report, tell)
	picture, err2 := open("drawing the run", asked.Plot, tell)
	return Files{report, picture}, errors.Join(err1, err2)
}

func open(doing, target string, tell launcher.Narrator) (file, error) {
	if target == "" {
		return file{}, nil
	}
	to, err := output.Open(target)
	if err == nil {
		return file{doing, target, to}, nil
	}
	err = fmt.Errorf("%s: %w", doing, err)
	if errors.Is(err, syscall.EISDIR) {
		tell.Warn(err)
		err = nil
	}
	return file{}, err
}

// write writes what make makes. Errors name the target; they change no exit status.
func (f file) write(ctx context.Context, make func() ([]byte, error)) error {
	if f.to == nil {
		return nil
	}
	content, err := make()
	if err == nil {
		err = f.to.Write(ctx, content)
	}
	if err != nil {
		return fmt.Errorf("%s to %q: %w", f.doing, f.target, err)
	}
	return nil
}
