package remote

import (
	"bytes"
	"strings"
	"testing"
)

// What is no frame comes through byte for byte, in whatever pieces it comes; a frame that
// the payload makes up is such words.
func TestStream(t *testing.T) {
	s, other := testSecret(t), testSecret(t)
	hi := hello{"12", "0"}.line()
	bye := end{7, []byte(`{"outcome":"exited"}` + "\n")}.line(s)
	forged := end{0, []byte("{}")}.line(other)
	again := hello{"13", "0"}.line()
	for name, c := range map[string]struct {
		in, out string
		status  int // -1 for none
	}{
		"plain":                  {hi + "one\ntwo\n" + bye, "one\ntwo\n", 7},
		"no newline before":      {hi + "abc" + bye, "abc", 7},
		"srun's words behind":    {hi + "a\n" + bye + "srun: error: n1: task 0: Out Of Memory\n", "a\n", 7},
		"forged end":             {hi + forged + "x\n" + bye, forged + "x\n", 7},
		"second hello":           {hi + again + forged + bye, again + forged, 7},
		"an end without its end": {hi + strings.TrimSuffix(bye, "\n"), strings.TrimSuffix(bye, "\n"), -1},
		"the mark alone":         {hi + mark + mark + "\n" + mark, mark + mark + "\n" + mark, -1},
		"a part of the mark":     {hi + mark[:5] + "\n" + mark[:3], mark[:5] + "\n" + mark[:3], -1},
		"words before the hello": {
			"srun: job 12 queued and waiting for resources\nsite\nsrun: job 12 has been allocated resources\n" + hi + "a\n" + bye,
			"site\na\n", 7,
		},
		"srun's words of the payload": {
			hi + "srun: job 12 queued and waiting for resources\n" + bye, "srun: job 12 queued and waiting for resources\n", 7,
		},
		"an end before the hello":  {bye + hi + "a\n", bye + "a\n", -1},
		"bytes that are no text":   {hi + "\xff\x00\x1e\n" + bye, "\xff\x00\x1e\n", 7},
		"a status that is not one": {hi + strings.Replace(bye, " 7 ", " 256 ", 1), strings.Replace(bye, " 7 ", " 256 ", 1), -1},
	} {
		for _, piece := range []int{1, 7, 1 << 20} {
			var out bytes.Buffer
			in := &stream{out: &out, secret: s}
			for rest := c.in; rest != ""; {
				n := min(piece, len(rest))
				in.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			in.close()
			if out.String() != c.out {
				t.Errorf("%s by %d: %q, want %q", name, piece, out.String(), c.out)
			}
			switch {
			case (in.end != nil) != (c.status >= 0):
				t.Errorf("%s by %d: end %+v, want status %d", name, piece, in.end, c.status)
			case in.end != nil && (in.end.status != c.status || string(in.end.report) != "{\"outcome\":\"exited\"}\n"):
				t.Errorf("%s by %d: end %d %q", name, piece, in.end.status, in.end.report)
			}
		}
	}
}

// What slurmstepd says of a SIGTERM that was passed on is dropped, once, and of this step;
// before it was, such words are the payload's.
func TestNotice(t *testing.T) {
	const notice = "slurmstepd-n1: error: *** STEP 1.0 ON n1 CANCELLED AT 2026-11-26T19:22:28 ***\n"
	const old = "slurmstepd: error: *** STEP 1.0 ON n1 CANCELLED AT 2026-11-26T19:22:28 ***\n"
	const another = "slurmstepd-n1: error: *** STEP 11.0 ON n1 CANCELLED AT 2026-11-26T19:22:28 ***\n"
	var out bytes.Buffer
	in := &stream{out: &out, secret: testSecret(t)}
	in.Write([]byte(hello{"1", "0"}.line() + notice))
	in.expectNotice("1.0")
	for _, text := range []string{"a\n", another, "b" + old + "c\n", notice} {
		in.Write([]byte(text))
	}
	if want := notice + "a\n" + another + "bc\n" + notice; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// A payload that writes the mark and never a newline is not held back for ever.
func TestStreamIsBounded(t *testing.T) {
	var out bytes.Buffer
	in := &stream{out: &out, secret: testSecret(t)}
	in.Write([]byte(hello{"1", "0"}.line()))
	in.Write([]byte(mark + wordEnd + " " + strings.Repeat("0", 32) + " 0 " + strings.Repeat("A", 1000)))
	if out.Len() == 0 {
		t.Error("a frame that cannot be one is held")
	}
}

func testSecret(t *testing.T) secret {
	t.Helper()
	s, err := newSecret()
	if err != nil || len(s) != 32 {
		t.Fatalf("secret %q, %v", s, err)
	}
	return s
}
