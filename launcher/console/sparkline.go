package console

import (
	"os"
	"strings"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/unit/limit"
)

// bars are a sparkline's letters, by height.
const bars = "▁▂▃▄▅▆▇█"

// sparkline shows the course of the working set at a terminal that has such letters;
// "" elsewhere, and for a run that nobody looked at.
func (c Console) sparkline(samples sample.Series) string {
	if _, seen := samples.Peak(); !seen || Width(c.Err) == 0 || !isUTF8(os.Getenv) {
		return ""
	}
	return courseOf(samples, min(Width(c.Err)/2, 60))
}

// isUTF8 goes by the first of these variables that is set, as setlocale(3) does.
func isUTF8(variable func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := variable(name); locale != "" {
			folded := strings.ReplaceAll(strings.ToLower(locale), "-", "")
			return strings.HasSuffix(folded, ".utf8")
		}
	}
	return false
}

// courseOf is a letter for each part of the run's time: the largest working set of
// it, or what was seen last, against the peak of the whole run.
func courseOf(samples sample.Series, width int) string {
	peak, _ := samples.Peak()
	end := samples[len(samples)-1].At
	letters := []rune(bars)
	var line strings.Builder
	next, height := 0, samples[0].WorkingSet
	for i := 1; i <= width; i++ {
		here := uint64(0)
		for ; next < len(samples) && int64(samples[next].At)/int64(i) <= int64(end)/int64(width); next++ {
			height = samples[next].WorkingSet
			here = max(here, height)
		}
		here = max(here, height)
		line.WriteRune(letters[int(here*uint64(len(letters)-1)/max(peak, 1))])
	}
	return line.String() + " " + limit.FormatSize(peak)
}
