package main

import "fmt"

// goal bounds a figure; the zero goal bounds nothing.
type goal struct {
	sign   string
	bound  float64
	onlyV2 bool // set for cgroup v2: on v1 nothing is judged
}

func atMost(bound float64) goal  { return goal{sign: "≤", bound: bound} }
func atLeast(bound float64) goal { return goal{sign: "≥", bound: bound} }

func (g goal) onV2() goal {
	g.onlyV2 = true
	return g
}

func (g goal) String() string {
	if g.sign == "" {
		return ""
	}
	return fmt.Sprintf("%s %g", g.sign, g.bound)
}

func (g goal) judge(n float64) string {
	switch {
	case g.sign == "":
		return ""
	case g.onlyV2 && !pureV2():
		return "for v2"
	case g.sign == "≤" && n <= g.bound, g.sign == "≥" && n >= g.bound:
		return "met"
	}
	return "missed"
}

// row is a line of the table, as the JSON has it too.
type row struct {
	Measure string `json:"measure"`
	Limits  string `json:"limits,omitempty"`
	Figure  string `json:"figure,omitempty"`
	Ratio   string `json:"ratio,omitempty"`
	Goal    string `json:"goal,omitempty"`
	Verdict string `json:"verdict,omitempty"`
}

var header = row{"measure", "limits", "median (middle half)", "slimrun ÷ it (95% sure)", "goal", ""}

func (r row) String() string {
	return fmt.Sprintf("%-38s %-7s %-32s %-24s %-7s %s", r.Measure, r.Limits, r.Figure, r.Ratio, r.Goal, r.Verdict)
}

// add prints a row at once: who waits sees how far it is.
func (b *bench) add(r row) {
	if len(b.table) == 0 {
		b.say("\n%v", header)
	}
	b.table = append(b.table, r)
	b.say("%v", r)
}

// addRatio adds a row whose ratio is what has a goal. One that the pairs do
// not support is neither named nor judged.
func (b *bench) addRatio(measure, limits, figure string, r ratio, g goal) {
	verdict := "scatter"
	if r.known() {
		verdict = g.judge(r.pairs.median())
	}
	b.add(row{measure, limits, figure, r.String(), g.String(), verdict})
}

// addFigure adds a row whose figure has the goal.
func (b *bench) addFigure(measure, format string, n float64, g goal) {
	b.add(row{Measure: measure, Figure: fmt.Sprintf(format, n), Goal: g.String(), Verdict: g.judge(n)})
}

// addAbsent says why there is no figure.
func (b *bench) addAbsent(measure, limits string, why error) {
	b.add(row{Measure: measure, Limits: limits, Figure: "absent: " + why.Error()})
}
