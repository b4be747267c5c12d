package record

import (
	"encoding/json"
	"slices"
	"time"
)

// Started is what a run was started with.
type Started struct {
	Schema    string    `json:"schema"`
	Name      string    `json:"name"`
	Manager   string    `json:"manager"`
	Line      []string  `json:"line"`      // slimrun's own command line
	Variables []string  `json:"variables"` // those of SLIMRUN_...
	Directory string    `json:"directory"` // where it was typed
	Stdin     string    `json:"stdin"`
	Time      time.Time `json:"time"`
	Remove    bool      `json:"rm"`
}

// StartedSchema is that of its JSON.
const StartedSchema = "slimrun.started/1"

func (s Started) encode() ([]byte, error) {
	s.Schema = StartedSchema
	text, err := json.Marshal(s)
	return append(text, '\n'), err
}

// Command is the payload's command line.
func (s Started) Command() []string {
	i := slices.Index(s.Line, "--")
	if i < 0 {
		return nil
	}
	return s.Line[i+1:]
}
