package nsinit

import (
	"os"
	"testing"
)

func TestUIDOfRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may become somebody else")
	}
	said, failure := runInside(t, Clone{}, Config{Identity: Identity{
		UID: Setting{Given: true, Value: 1234}, GID: Setting{Given: true, Value: 5}, Groups: []int{7, 8},
	}}, `id -u; id -g; id -G; grep CapEff /proc/self/status`)
	expect(t, said, failure, "1234", "5", "5 7 8", "CapEff:\t0000000000000000")
}

// Root inside, whoever it is outside.
func TestMapRoot(t *testing.T) {
	asEachUser(t, func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("the launcher's test: it maps late")
		}
		said, failure := runInside(t, Clone{}, Config{UID: rootInside, Guard: Guard{NoNewPrivs: true}},
			`id -u; hostname slim && hostname; mount -t tmpfs none /mnt && echo mounted; cat /etc/shadow 2>/dev/null || echo no shadow`)
		expect(t, said, failure, "0", "slim", "mounted", "no shadow")
	})
}
