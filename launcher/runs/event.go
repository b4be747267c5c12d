package runs

import (
	"encoding/json"
	"time"
)

// Event is what happened to a run between two looks: processes of it were killed for
// memory, or it has ended.
type Event struct {
	Name     string  `json:"-"`
	Killed   uint64  `json:"-"`       // since the last look
	InAll    uint64  `json:"-"`       // since it began
	Outcome  *string `json:"outcome"` // of a detached run that has ended, where it is known
	ExitCode *int    `json:"exit_code"`
}

// Ended says whether the run has.
func (e Event) Ended() bool { return e.Killed == 0 }

func killed(run Run, was, is before) []Event {
	if was.kills == nil || is.kills == nil || *is.kills <= *was.kills {
		return nil
	}
	return []Event{{Name: run.Name, Killed: *is.kills - *was.kills, InAll: *is.kills}}
}

// gone tells of the runs that were there at the last look, and of a detached one how it
// has ended.
func (l *Live) gone(now map[string]before) (events []Event) {
	reach := &Reach{}
	defer reach.Close()
	for _, run := range l.seen {
		was := l.last[run.Qualified()]
		if _, there := now[run.Qualified()]; there || was.at.IsZero() {
			continue
		}
		e := Event{Name: run.Name}
		records, _ := reach.Records() // without them it is not known how
		for _, one := range records {
			if one.Name == run.Name && one.isOf(was.started) {
				_ = json.Unmarshal(one.Record.Report(), &e) // likewise
			}
		}
		events = append(events, e)
	}
	return events
}

// isOf says whether a record is of the run that began then, and not of an earlier one
// of the same name: it is made when the launch begins.
func (r Run) isOf(began time.Time) bool {
	started, err := r.Record.Started()
	return err == nil && began.Sub(started.Time).Abs() < time.Minute
}
