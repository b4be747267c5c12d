package nsinit

import (
	"golang.org/x/sys/unix"
)

// Now is CLOCK_MONOTONIC in nanoseconds: one clock for all processes here.
func Now() int64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// Mark is a step of the init that was done at a moment of Now.
type Mark struct {
	At   int64
	Step string
}

// marks are taken always, which costs nothing, and sent where the config asks
// for them: most are taken before there is a config.
func (p *process) mark(step string) { p.marks = append(p.marks, Mark{Now(), step}) }

// sendMarks sends those that have not been sent.
func (p *process) sendMarks() {
	if p.config == nil || !p.config.Trace {
		return
	}
	p.send(msgMarks, encodeMarks(p.marks))
	p.marks = nil
}

func (m *Mark) fields(x *codec) {
	at := uint64(m.At)
	x.uint(&at)
	m.At = int64(at)
	x.string(&m.Step)
}

func encodeMarks(marks []Mark) []byte {
	x := codec{}
	list(&x, &marks, func(c *codec, m *Mark) { m.fields(c) })
	return x.buf
}

func decodeMarks(body []byte) (marks []Mark, err error) {
	x := codec{buf: body, reading: true}
	list(&x, &marks, func(c *codec, m *Mark) { m.fields(c) })
	if x.failed || len(x.buf) != 0 {
		return nil, errFrame
	}
	return marks, nil
}
