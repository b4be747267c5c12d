package conclude

import (
	"github.com/slimrun/slimrun/launcher"
	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/history"
	"github.com/slimrun/slimrun/launcher/plot"
	"github.com/slimrun/slimrun/launcher/spec"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// Conclude says and writes it. It is the exit status.
func (f Files) Conclude(out console.Console, asked spec.Spec, v verdict.Verdict) int {
	ctx, done := launcher.LastWords()
	defer done()
	defer out.Drain(ctx)
	out.Proofs(append(v.Proofs, v.SliceProofs...))
	out.Verdict(v)
	out.Warn(f.report.write(ctx, func() ([]byte, error) { return verdict.ReportLine(v) }))
	if v.Unit == "" {
		return v.Status
	}
	if asked.Record {
		out.Warn(record(v))
	}
	out.Warn(f.picture.write(ctx, func() ([]byte, error) { return plot.SVG(verdict.NewReport(v), v.Samples), nil }))
	return v.Status
}

// Forward writes a report that another slimrun has made, on another machine, and which has
// said there what there is to say. The status is its, too.
func (f Files) Forward(out console.Console, status int, report []byte) int {
	ctx, done := launcher.LastWords()
	defer done()
	defer out.Drain(ctx)
	out.Warn(f.report.write(ctx, func() ([]byte, error) { return report, nil }))
	return status
}

// record adds a run to the history.
func record(v verdict.Verdict) error {
	file, err := history.Own()
	if err == nil {
		err = file.Record(v)
	}
	return err
}
