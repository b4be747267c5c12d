package main

import (
	"os/exec"
	"regexp"
	"strings"
)

// A mirror is where this machine gets Debian from, and how: the images come from
// the same place, through the same proxy.
type mirror struct {
	debian   string
	security string
	options  []string // of apt, such as Acquire::http::Proxy "http://...";
}

func findMirror() mirror {
	m := mirror{debian: "http://deb.debian.org/debian", security: "http://deb.debian.org/debian-security"}
	uris, _ := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	for _, uri := range strings.Fields(string(uris)) {
		switch uri = strings.TrimSuffix(uri, "/"); {
		case strings.HasSuffix(uri, "/debian-security"):
			m.security = uri
		case strings.HasSuffix(uri, "/debian"):
			m.debian = uri
		}
	}
	config, _ := exec.Command("apt-config", "dump").Output()
	m.options = acquireOptions(string(config))
	return m
}

var fetching = regexp.MustCompile(`^Acquire::(https?|Check-|Retries|ForceIPv)\S* "[^"]+";$`)

// acquireOptions keeps of apt's configuration what says how to fetch: proxies,
// certificates, timeouts. The rest belongs to this machine.
func acquireOptions(config string) []string {
	var options []string
	for line := range strings.Lines(config) {
		if line = strings.TrimSpace(line); fetching.MatchString(line) {
			options = append(options, line)
		}
	}
	return options
}

// sources is the image's sources.list, with security updates for the kernel.
func (m mirror) sources(release string) string {
	return "deb " + m.debian + " " + release + " main\n" +
		"deb " + m.debian + " " + release + "-updates main\n" +
		"deb " + m.security + " " + release + "-security main\n"
}
