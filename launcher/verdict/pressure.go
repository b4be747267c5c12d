package verdict

// Pressure is a moment at which the run waited too much, by an --on-pressure.
type Pressure struct {
	At      int64   `json:"at_usec"` // since the start
	Trigger string  `json:"trigger"` // as it was asked for
	Error   *string `json:"error"`   // why the action failed; null where it did not
}
