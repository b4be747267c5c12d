package runs

import (
	"encoding/json"

	"github.com/slimrun/slimrun/launcher/verdict"
)

// Report is that of a detached run that has ended. False: it has not, or nobody knows how.
func (r Run) Report() (report verdict.Report, ended bool) {
	if r.Record == nil || r.Record.Lives() {
		return report, false
	}
	text := r.Record.Report()
	return report, text != nil && json.Unmarshal(text, &report) == nil
}

// Reports are those of all detached runs that have ended, by name.
func Reports() (all []verdict.Report, err error) {
	reach := &Reach{}
	defer reach.Close()
	records, err := reach.Records()
	for _, run := range records {
		if report, ended := run.Report(); ended {
			all = append(all, report)
		}
	}
	return all, err
}
