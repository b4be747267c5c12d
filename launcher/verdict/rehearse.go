package verdict

import "encoding/json"

// Rehearse writes a report for nobody, while there is time: the first one takes 0.3 ms,
// most of it for memory that is touched for the first time.
func Rehearse() { json.Marshal(NewReport(Verdict{})) }
