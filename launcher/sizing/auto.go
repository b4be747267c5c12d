package sizing

import (
	"github.com/slimrun/slimrun/launcher/history"
	"github.com/slimrun/slimrun/launcher/verdict"
)

// For is the suggestion for a command by this user's history.
func For(command []string) (Suggestion, error) {
	runs, err := recorded()
	if err != nil {
		return Suggestion{}, err
	}
	return Of(history.Of(command, runs))
}

func recorded() ([]verdict.Report, error) {
	file, err := history.Own()
	if err != nil {
		return nil, err
	}
	runs, _, err := file.Runs()
	return runs, err
}
