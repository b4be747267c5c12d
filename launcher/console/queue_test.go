package console

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// D1: words that nobody reads hold slimrun up for a moment, once, and come in their
// order when somebody does.
func TestWordsNobodyReads(t *testing.T) {
	reader, writer := io.Pipe()
	out := Console{Err: writer}.Unhurried()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, word := range strings.Fields("one two three four") {
			out.Warn(errors.New(word))
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * aMoment):
		t.Fatal("held up")
	}
	ctx, cancel := context.WithTimeout(context.Background(), aMoment)
	defer cancel()
	if out.Drain(ctx); ctx.Err() == nil {
		t.Error("said, and nobody reads")
	}
	read := make(chan string)
	go func() {
		all, _ := io.ReadAll(reader)
		read <- string(all)
	}()
	out.Drain(context.Background())
	writer.Close()
	want := "slimrun: warning: one\nslimrun: warning: two\nslimrun: warning: three\nslimrun: warning: four\n"
	if got := <-read; got != want {
		t.Errorf("read %q", got)
	}
}

// A word that is taken at once has been said when the next thing is done.
func TestWordsAtOnce(t *testing.T) {
	var said strings.Builder
	out := Console{Err: &said}.Unhurried()
	for range 1000 {
		out.Warn(errors.New("word"))
		if !strings.HasSuffix(said.String(), "word\n") {
			t.Fatalf("said %q", said.String())
		}
		said.Reset()
	}
	out.Drain(context.Background())
}
