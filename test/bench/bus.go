package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// The embedded manager has no bus, and the containers' launchers speak to
// nothing else. systemd takes one up as soon as units of these very names run,
// so the bench gives them to its own manager: in its view of /run and /etc,
// which end with it.
const (
	busSocket = "/run/dbus/system_bus_socket"
	benchDir  = "/run/slimrun-bench"
)

// Who may reach the socket may do everything: only root can enter the view.
const busConfig = `<busconfig>
  <type>system</type>
  <auth>EXTERNAL</auth>
  <listen>systemd:</listen>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`

const busSocketUnit = `[Unit]
DefaultDependencies=no
[Socket]
ListenStream=` + busSocket + "\n"

const busServiceUnit = `[Unit]
DefaultDependencies=no
Requires=dbus.socket
After=dbus.socket
[Service]
Type=notify
ExecStart=%s --config-file=` + benchDir + `/bus.conf --address=systemd: --nofork --nopidfile --systemd-activation
`

// startBus runs a dbus-daemon under the manager and waits until systemd is on it.
func (l *lab) startBus() error {
	daemon := path("dbus-daemon")
	if daemon == "" {
		return notInstalled("dbus-daemon")
	}
	units, err := l.unitsDir()
	if err != nil {
		return err
	}
	for name, content := range map[string]string{
		filepath.Join(units, "dbus.socket"):  busSocketUnit,
		filepath.Join(units, "dbus.service"): fmt.Sprintf(busServiceUnit, daemon),
		benchDir + "/bus.conf":               busConfig,
		"/etc/passwd":                        "root:x:0:0:root:/:/bin/sh\n", // the daemon looks up its peers' groups
	} {
		if err := write(l.view(name), content); err != nil {
			return err
		}
	}
	if err := l.inside.try([]string{path("systemctl"), "start", "dbus.socket", "dbus.service"}); err != nil {
		return err
	}
	return awaitSystemd(l.view(busSocket))
}

// view is a path of the manager's, as the machine sees it.
func (l *lab) view(name string) string { return fmt.Sprintf("/proc/%d/root%s", l.manager, name) }

// unitsDir is where the manager was told to look for units.
func (l *lab) unitsDir() (string, error) {
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", l.manager))
	for variable := range strings.SplitSeq(string(environ), "\x00") {
		if dirs, ok := strings.CutPrefix(variable, "SYSTEMD_UNIT_PATH="); ok {
			first, _, _ := strings.Cut(dirs, ":")
			return first, nil
		}
	}
	return "", fmt.Errorf("the manager has no SYSTEMD_UNIT_PATH to put a bus into (%v)", err)
}

func write(file, content string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o644)
}

// awaitSystemd: it connects by itself, after the daemon has said that it is ready.
func awaitSystemd(socket string) error {
	conn, err := dbus.Connect("unix:path=" + socket)
	if err != nil {
		return fmt.Errorf("connecting to the bus: %w", err)
	}
	defer conn.Close()
	var there bool
	for range 500 {
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.systemd1").Store(&there)
		if there || err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("systemd is not on the bus after 5 s")
}
