package console

import "github.com/slimrun/slimrun/unit/limit"

// Adopted prints the name of a run that was adopted, and says what its limits do not
// hold. It is the exit status.
func (c Console) Adopted(name string, processes int, resident uint64, err error) int {
	if err != nil && processes > 0 {
		c.say("warning: %d processes are in %s already, under its limits", processes, name)
	}
	if err != nil {
		return c.Failed(err)
	}
	if resident > 0 && !c.Quiet {
		c.say("the %s of memory that they had before stay charged where they were: the limits count what comes after",
			limit.FormatSize(resident))
	}
	return c.Script(name + "\n")
}
