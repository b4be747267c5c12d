package sizing

import "github.com/slimrun/slimrun/launcher/history"

// For is the suggestion for a command by this user's history.
func For(command []string) (Suggestion, error) {
	runs, _, err := history.Recorded()
	if err != nil {
		return Suggestion{}, err
	}
	return Of(history.Of(command, runs))
}
