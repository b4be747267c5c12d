package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const page = `# Changes

Words for readers.

## 1.1.0 - 2026-12-01

An introduction.

- One point
  in two lines.
- Another.

Not a point.

## [1.0.0] - 2026-11-26

- First.
`

func TestChangelog(t *testing.T) {
	changes, err := parseChanges(page)
	if err != nil {
		t.Fatal(err)
	}
	var points [][]string
	for _, c := range changes {
		points = append(points, append([]string{c.version, c.date.Format(time.DateOnly)}, c.points...))
	}
	want := [][]string{
		{"1.1.0", "2026-12-01", "One point in two lines.", "Another."},
		{"1.0.0", "2026-11-26", "First."},
	}
	if diff := cmp.Diff(want, points); diff != "" {
		t.Error(diff)
	}
	if _, err := parseChanges("# Changes\n\n## Unreleased\n\n- Something.\n"); err == nil {
		t.Error("a page without a version must be refused")
	}
}

// A build five commits after a tag has no entry of its own.
func TestDebianChangelog(t *testing.T) {
	changes, _ := parseChanges(page)
	want := `slimrun (1.1.0+5.gabc-1) unstable; urgency=medium

  * One point in two lines.
  * Another.

 -- slimrun authors <slimrun@users.noreply.github.com>  Tue, 01 Dec 2026 00:00:00 +0000

slimrun (1.0.0-1) unstable; urgency=medium

  * First.

 -- slimrun authors <slimrun@users.noreply.github.com>  Thu, 26 Nov 2026 00:00:00 +0000

`
	if diff := cmp.Diff(want, release{version: "1.1.0+5.gabc"}.debian(changes)); diff != "" {
		t.Error(diff)
	}
}

func TestWrap(t *testing.T) {
	if diff := cmp.Diff([]string{"one two", "three", "fourteen"}, wrap("one two three fourteen", 8)); diff != "" {
		t.Error(diff)
	}
}

func TestLicenses(t *testing.T) {
	for text, want := range map[string]string{
		"  Apache License\n  Version 2.0, January 2004":                               "Apache-2.0",
		"Permission is hereby granted, free of charge, to any\nperson":                "MIT",
		"Redistribution and use in source and\nbinary forms. Neither the name of X":   "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without":          "BSD-2-Clause",
		"Permission to use, copy and distribute under terms that nobody has yet read": "",
	} {
		if got := licenseOf(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
