package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/slimrun/slimrun/launcher/verdict"
)

// Record adds what came of a run.
func (f File) Record(v verdict.Verdict) error {
	report := verdict.Remembered(v)
	report.Command = clipped(report.Command)
	line, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("recording the run: %w", err)
	}
	return f.Append(line)
}

// Recorded are this user's recorded runs, the oldest first, and how many lines are broken.
func Recorded() (runs []verdict.Report, broken int, err error) {
	file, err := Own()
	if err != nil {
		return nil, 0, err
	}
	return file.Runs()
}

// Runs are those recorded, the oldest first, and how many lines are broken. There
// need be no file.
func (f File) Runs() (runs []verdict.Report, broken int, err error) {
	file, err := f.open(os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading the history: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, 2*f.largest+1<<20))
	if err != nil {
		return nil, 0, fmt.Errorf("reading the history: %w", err)
	}
	for line := range bytes.Lines(content) {
		var run verdict.Report
		switch err := json.Unmarshal(line, &run); {
		case len(bytes.TrimSpace(line)) == 0:
		case err != nil || run.Schema == "" || run.Started == "":
			broken++
		default:
			runs = append(runs, run)
		}
	}
	return runs, broken, nil
}

// Of are the runs of a command: those whose words begin with these.
func Of(command []string, runs []verdict.Report) []verdict.Report {
	want := clipped(asText(command))
	return slices.DeleteFunc(slices.Clone(runs), func(run verdict.Report) bool {
		return len(run.Command) < len(want) || !slices.Equal(run.Command[:len(want)], want)
	})
}

// asText are words as JSON has them, which knows no other bytes than UTF-8.
func asText(words []string) (text []string) {
	line, err := json.Marshal(words)
	if err != nil || json.Unmarshal(line, &text) != nil {
		return words
	}
	return text
}

// longest is how many bytes of a command are recorded.
const longest = 8 << 10

// clipped is a command as far as it is recorded.
func clipped(words []string) []string {
	room := longest
	for i, word := range words {
		if len(word) > room {
			return append(slices.Clone(words[:i]), string(bytes.ToValidUTF8([]byte(word[:room]), nil))+"…")
		}
		room -= len(word)
	}
	return words
}
