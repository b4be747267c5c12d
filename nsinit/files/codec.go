package files

import "encoding/binary"

// codec carries values in one order both ways: each method appends its value
// when writing and replaces it when reading. A list of calls is then a wire
// format that cannot differ between its two ends.
type codec struct {
	buf     []byte
	reading bool
	failed  bool // reading: the buffer ended early or said something absurd
}

func (c *codec) uint(v *uint64) {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, *v)
		return
	}
	n, size := binary.Uvarint(c.buf)
	if size <= 0 {
		c.fail()
		return
	}
	*v, c.buf = n, c.buf[size:]
}

func (c *codec) fail() { c.failed, c.buf = true, nil }

func (c *codec) bool(v *bool) {
	n := uint64(0)
	if *v {
		n = 1
	}
	c.uint(&n)
	*v = n == 1
}

func (c *codec) string(v *string) {
	n := uint64(len(*v))
	c.uint(&n)
	if !c.reading {
		c.buf = append(c.buf, *v...)
		return
	}
	if n > uint64(len(c.buf)) {
		c.fail()
		return
	}
	*v, c.buf = string(c.buf[:n]), c.buf[n:]
}

// list carries a slice: its length, then each element. An element takes at
// least a byte, so a length beyond the buffer is absurd.
func list[T any](c *codec, v *[]T, element func(*codec, *T)) {
	n := uint64(len(*v))
	c.uint(&n)
	if c.reading {
		if n > uint64(len(c.buf)) {
			c.fail()
			return
		}
		*v = make([]T, n)
	}
	for i := range *v {
		element(c, &(*v)[i])
	}
}
