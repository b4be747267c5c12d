// Package docs is these pages, for the tests that hold them against the program.
//
// When not to use it: in the program itself, which they would make larger.
package docs

import "embed"

// Pages are the files of this folder that tests read.
//
//go:embed *.md report.schema.json
var Pages embed.FS
