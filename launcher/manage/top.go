package manage

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/console"
	"github.com/slimrun/slimrun/launcher/grammar"
	"github.com/slimrun/slimrun/launcher/runs"
	"github.com/slimrun/slimrun/launcher/terminal"
	"github.com/slimrun/slimrun/unit/limit"
)

// top is a live view in the making.
type top struct {
	console console.Console
	live    *runs.Live
	view    console.Top
	every   time.Duration
	count   int // how often it is still shown, -1 for ever
	asJSON  bool
}

// keptEvents is how many of the last events are shown at most.
const keptEvents = 8

// Top is the word `slimrun top`.
func Top(c Context) grammar.Word {
	t := &top{console: c.Console, every: time.Second, view: console.Top{Order: console.ByMemory}}
	var words []string
	return grammar.Word{
		Name:    "top",
		Others:  []string{"stats"},
		Help:    "Show live what runs take, and kills as they happen; in a pipe one snapshot.",
		Example: "slimrun top --every 5s   # m c p n sort by memory, CPU, pids, name; q quits",
		Flags: grammar.Flags{
			{
				Name: "every", Placeholder: "TIME", Value: grammar.Read(interval(&t.every)),
				Help: "How often; each second.",
			},
			{Name: "count", Placeholder: "N", Value: grammar.Read(times(&t.count)), Help: "So often, then end."},
			{Name: "json", Value: grammar.Switch(&t.asJSON), Help: "As JSON, one object a run and line."},
		},
		Args: []grammar.Arg{{Placeholder: "RUN", Help: "The runs; all.", Optional: true, Repeated: true, To: &words}},
		Run: func() int {
			t.live = runs.NewLive(words)
			if err := t.run(); err != nil {
				return c.Console.Failed(err)
			}
			return 0
		},
	}
}

func interval(to *time.Duration) func(string) error {
	return func(text string) error {
		usec, err := limit.ParseDuration(text)
		if err == nil && (usec < 100_000 || usec > uint64(24*time.Hour/time.Microsecond)) {
			err = errors.New("want 100ms to 1d")
		}
		*to = time.Duration(usec) * time.Microsecond
		return err
	}
}

func times(to *int) func(string) error {
	return func(text string) (err error) {
		*to, err = strconv.Atoi(text)
		if err != nil || *to < 1 {
			return errors.New("want a number from 1 on")
		}
		return nil
	}
}

func (t *top) run() error {
	out, isFile := t.console.Out.(*os.File)
	if isFile && !t.asJSON && console.Width(out) > 0 {
		return t.draw(out)
	}
	return t.print()
}

// look takes the runs as they are now.
func (t *top) look() error {
	ctx, cancel := context.WithTimeout(context.Background(), runs.Patience)
	defer cancel()
	t.view.Now = time.Now()
	entries, events, err := t.live.Look(ctx, t.view.Now)
	if entries == nil && err != nil {
		return err
	}
	t.view.Runs = entries
	t.view.Events = append(console.Events(events, t.view.Now), t.view.Events...)
	t.view.Events = t.view.Events[:min(len(t.view.Events), keptEvents)]
	return nil
}

// print is for a pipe.
func (t *top) print() error {
	for n := max(t.count, 1); ; time.Sleep(t.every) {
		if err := t.look(); err != nil {
			return err
		}
		if t.asJSON {
			t.console.Entries(t.view.Runs)
		} else if status := t.console.Script(strings.Join(t.view.Plain(), "\n") + "\n"); status != 0 {
			return nil
		}
		if n--; n == 0 {
			return nil
		}
	}
}

// draw is for a terminal.
func (t *top) draw(out *os.File) error {
	if err := t.look(); err != nil {
		return err
	}
	screen, err := terminal.OpenFull(out)
	if err != nil {
		return err
	}
	defer screen.Close()
	ticks := time.NewTicker(t.every)
	defer ticks.Stop()
	for {
		screen.Draw(t.view.Frame(screen.Size()))
		select {
		case s := <-screen.Signals:
			if !screen.Takes(s) {
				return nil
			}
		case key := <-screen.Keys:
			switch {
			case key == 'q':
				return nil
			case console.IsOrder(key):
				t.view.Order = console.Order(key)
			}
		case <-ticks.C:
			if t.count--; t.count == 0 {
				return nil
			}
			if err := t.look(); err != nil {
				return err
			}
		}
	}
}
