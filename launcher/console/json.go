package console

import (
	"bytes"
	"encoding/json"
)

// jsonLines prints objects as JSON, one a line, and is the exit status.
func jsonLines[T any](c Console, objects ...T) int {
	encoder := json.NewEncoder(c.Out)
	encoder.SetEscapeHTML(false)
	for _, object := range objects {
		if err := encoder.Encode(object); err != nil {
			return c.Failed(err)
		}
	}
	return 0
}

// JSON prints an object, in one line or for people.
func (c Console) JSON(object []byte, asLine bool) error {
	var text bytes.Buffer
	if asLine {
		text.Write(object)
	} else if err := json.Indent(&text, object, "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	_, err := c.Out.Write(text.Bytes())
	return err
}
