package unit

import (
	"bytes"

	"github.com/godbus/dbus/v5"
)

// jobs are the results of jobs as they come, also those that come before the
// reply which names the job.
type jobs map[dbus.ObjectPath]string

// memberJobRemoved is the field MEMBER (3) of the signal, a string of 10 bytes,
// in either byte order: no name or path may hold such bytes. A private socket
// sends nine signals for each run on the machine, most of them long lists of
// properties.
var memberJobRemoved = [2]string{
	"\x03\x01s\x00\x0a\x00\x00\x00JobRemoved\x00",
	"\x03\x01s\x00\x00\x00\x00\x0aJobRemoved\x00",
}

// Wants says whether a signal may be JobRemoved.
func (j jobs) Wants(fields []byte) bool {
	return bytes.Contains(fields, []byte(memberJobRemoved[0])) || bytes.Contains(fields, []byte(memberJobRemoved[1]))
}

// Keep keeps JobRemoved(u id, o job, s unit, s result).
func (j jobs) Keep(signal *dbus.Message) {
	iface, _ := signal.Headers[dbus.FieldInterface].Value().(string)
	member, _ := signal.Headers[dbus.FieldMember].Value().(string)
	if iface != managerIface || member != "JobRemoved" || len(signal.Body) < 4 {
		return
	}
	job, ok1 := signal.Body[1].(dbus.ObjectPath)
	result, ok2 := signal.Body[3].(string)
	if ok1 && ok2 {
		j[job] = result
	}
}
