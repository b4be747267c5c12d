package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// bench is what the sections share.
type bench struct {
	options
	lab  *lab
	dir  string
	boot sample
	raw  map[string]any // all figures, for the JSON
}

// section is one measurement; slow ones are for -full, or when named.
type section struct {
	name string
	slow bool
	run  func(*bench) error
}

var sections = []section{
	{"launch", false, (*bench).launch},
	{"size", false, (*bench).size},
	{"waiting", false, (*bench).waiting},
	{"charge", false, (*bench).charge},
	{"storm", true, (*bench).storm},
	{"crowd", true, (*bench).crowd},
}

func sectionNames() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

func (b *bench) chosen() (chosen []section) {
	if b.against != "" {
		return []section{{"against", false, (*bench).compare}}
	}
	for _, s := range sections {
		named := slices.Contains(strings.Split(b.only, ","), s.name)
		if named || b.only == "" && (b.full || !s.slow) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func (b *bench) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// write leaves the raw figures, also for whoever draws something else.
func (b *bench) write() error {
	content, err := json.MarshalIndent(b.raw, "", "\t")
	if err != nil {
		return err
	}
	b.say("\nraw figures: %s", b.json)
	return os.WriteFile(b.json, append(content, '\n'), 0o644)
}
