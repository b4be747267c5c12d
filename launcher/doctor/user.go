package doctor

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/launcher/idmap"
	"github.com/slimrun/slimrun/unit"
)

// examineUser looks at what gives a user ids and namespaces of their own.
func examineUser(host unit.Host) []unit.Check {
	return []unit.Check{userNamespaces(host), mapper(host, "newuidmap", "subuid"), mapper(host, "newgidmap", "subgid")}
}

// userNamespaces looks for what forbids them. Only root's runs do without.
func userNamespaces(host unit.Host) unit.Check {
	const name = "user namespaces"
	needed := unit.Missing
	if host.UID != 0 {
		needed = unit.Broken
	}
	if !host.Has("/proc/self/ns/user") {
		return unit.Check{
			Name: name, State: needed, Found: "this kernel has none",
			Remedy: host.Boot("a kernel with CONFIG_USER_NS") + "; --share all gives the limits alone",
		}
	}
	if s, ok := idmap.Forbidden(host.Read); ok {
		return unit.Check{
			Name: name, State: needed, Found: fmt.Sprintf("%s is %s", s.File, s.Bad),
			Remedy: "as root: " + s.Mend,
		}
	}
	return unit.Check{Name: name, State: unit.Works, Found: "nothing seen that restricts them"}
}

// mapper is a program that --map-auto needs, with the ids it may hand out.
func mapper(host unit.Host, program, table string) unit.Check {
	path := filepath.Join("/usr/bin", program)
	if !host.Has(path) {
		return unit.Check{
			Name: program, State: unit.Missing, Found: path + " is not installed: no --map-auto",
			Remedy: "as root: apt-get install uidmap, dnf install shadow-utils",
		}
	}
	if host.UID == 0 {
		return unit.Check{Name: program, State: unit.Works, Found: path}
	}
	name := host.UserName()
	for line := range strings.Lines(host.Read("/etc/" + table)) {
		owner, ids, _ := strings.Cut(strings.TrimSpace(line), ":")
		if owner == name || owner == strconv.Itoa(host.UID) {
			return unit.Check{Name: program, State: unit.Works, Found: fmt.Sprintf("%s, with ids %s", path, ids)}
		}
	}
	return unit.Check{
		Name: program, State: unit.Missing, Found: fmt.Sprintf("/etc/%s gives %s no ids: no --map-auto", table, name),
		Remedy: idmap.Grant(table, host.Read("/etc/"+table), name),
	}
}
