package problem

import "strings"

// Nearest is the name at an edit distance of at most a third of its length,
// compared without case; of two as near the one that begins as the wrong one does.
// Where none is near it is the first that begins with all of it, if that is three
// letters at least; else "".
func Nearest(name string, names []string) string {
	name = strings.ToLower(name)
	best, least := "", 2*(len(name)/3+1)
	for _, candidate := range names {
		lower := strings.ToLower(candidate)
		if 2*max(len(name)-len(lower), len(lower)-len(name)) >= least {
			continue // it is as far as they differ in length, and a name of 100K is no work
		}
		far := 2 * distance(name, lower)
		if !strings.HasPrefix(lower, name[:min(1, len(name))]) {
			far++
		}
		if far < least {
			best, least = candidate, far
		}
	}
	if best == "" && len(strings.TrimLeft(name, "-")) >= 3 {
		best = begun(name, names)
	}
	return best
}

// begun is the first name that begins so, "" for none.
func begun(name string, names []string) string {
	for _, candidate := range names {
		if strings.HasPrefix(strings.ToLower(candidate), name) {
			return candidate
		}
	}
	return ""
}

// distance is Levenshtein's, but that two letters in the wrong order count as one
// mistake (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
