package detach

// What the two say over their connection. The first to the waiting slimrun, a byte
// each:
const (
	mayLaunch byte = 'l' // it is the launch's turn at the manager
	mayGo     byte = 'g' // the waiting slimrun is in its own scope
)

// answer is what the waiting slimrun says to the first, as JSON: the run's name, or the
// status of a launch that failed.
type answer struct {
	Name   string
	Status int
}
