package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// bench is what the sections share.
type bench struct {
	options
	ctx   context.Context // ends when the bench is to end
	lab   *lab
	dir   string
	boot  sample
	floor *helper
	table []row
	raw   map[string]any // all figures, for the JSON
}

// section is one measurement, with its rows of the table.
type section struct {
	name string
	run  func(*bench) error
}

var sections = []section{
	{"launch", (*bench).launch},
	{"storm", (*bench).storm},
	{"crowd", (*bench).crowd},
	{"manage", (*bench).manage},
	{"charge", (*bench).charge},
	{"smallest", (*bench).smallest},
	{"waiting", (*bench).waiting},
	{"record", (*bench).record},
	{"size", (*bench).size},
}

func sectionNames() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

func (b *bench) chosen() (chosen []section) {
	if b.against != "" {
		return []section{{"against", (*bench).compare}}
	}
	for _, s := range sections {
		if b.only == "" || slices.Contains(strings.Split(b.only, ","), s.name) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func (b *bench) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// write leaves the table and the raw figures, also for whoever draws something
// else.
func (b *bench) write() error {
	b.raw["table"] = b.table
	content, err := json.MarshalIndent(b.raw, "", "\t")
	if err != nil {
		return err
	}
	b.say("\nraw figures: %s", b.json)
	return os.WriteFile(b.json, append(content, '\n'), 0o644)
}
