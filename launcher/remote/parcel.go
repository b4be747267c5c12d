package remote

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// parcel is what the slimrun on a node must know: as the one that was typed has it.
type parcel struct {
	Version   string
	Args      []string // slimrun's own words, and the payload's
	Env       []string
	Directory string
	Record    string // of a batch job: its name; "" for a run that somebody waits for
	Secret    secret
}

// The parcel travels in variables, as one may have 128 KiB (MAX_ARG_STRLEN).
const (
	variable = "SLIMRUN_PARCEL_"
	piece    = 100 << 10
)

// pack makes the variables.
func (p parcel) pack() (variables []string, err error) {
	var packed bytes.Buffer
	small, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = io.WriteString(small, p.text())
	}
	if err == nil {
		err = small.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("packing the command and its environment: %w", err)
	}
	text := base64.StdEncoding.EncodeToString(packed.Bytes())
	for n := 0; text != ""; n++ {
		size := min(piece, len(text))
		variables = append(variables, fmt.Sprintf("%s%d=%s", variable, n, text[:size]))
		text = text[size:]
	}
	return variables, nil
}

// text has a NUL behind each word, which none of them can hold; a number of words stands
// before a list.
func (p parcel) text() string {
	words := append([]string{p.Version, p.Directory, p.Record, string(p.Secret), strconv.Itoa(len(p.Args))}, p.Args...)
	words = append(words, p.Env...)
	return strings.Join(words, "\x00") + "\x00"
}

// mostUnpacked is more than an exec takes of arguments and variables.
const mostUnpacked = 64 << 20

// unpack reads them. Errors: there is none, or something of it is missing.
func unpack(lookup func(string) (string, bool)) (p parcel, err error) {
	var text strings.Builder
	for n := 0; ; n++ {
		part, ok := lookup(fmt.Sprint(variable, n))
		if !ok {
			break
		}
		text.WriteString(part)
	}
	packed := flate.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text.String())))
	content, err := io.ReadAll(io.LimitReader(packed, mostUnpacked))
	if err != nil {
		return p, fmt.Errorf("unpacking the command and its environment: %w", err)
	}
	words := strings.Split(strings.TrimSuffix(string(content), "\x00"), "\x00")
	if len(words) < 5 {
		return p, errors.New("unpacking the command and its environment: there are none")
	}
	n, err := strconv.Atoi(words[4])
	if err != nil || n < 0 || n > len(words)-5 {
		return p, fmt.Errorf("unpacking the command and its environment: %q arguments of %d words",
			words[4], len(words))
	}
	return parcel{
		Version: words[0], Directory: words[1], Record: words[2], Secret: secret(words[3]),
		Args: words[5 : 5+n], Env: words[5+n:],
	}, nil
}

// unfold makes this process's environment and directory the parcel's.
func (p parcel) unfold() error {
	os.Clearenv()
	for _, assignment := range p.Env {
		if name, value, ok := strings.Cut(assignment, "="); ok && name != "" {
			if err := os.Setenv(name, value); err != nil {
				return fmt.Errorf("setting %q: %w", name, err)
			}
		}
	}
	return os.Chdir(p.Directory)
}
