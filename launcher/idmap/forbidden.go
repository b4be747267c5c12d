package idmap

// Switch is a setting of the kernel that forbids user namespaces.
type Switch struct{ File, Bad, Mend string }

// Forbidden finds the switch that is set so; read returns a file, trimmed.
func Forbidden(read func(name string) string) (Switch, bool) {
	for _, s := range []Switch{
		{"/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=16384"},
		{"/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"},
		{
			"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
			"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
		},
	} {
		if read(s.File) == s.Bad {
			return s, true
		}
	}
	return Switch{}, false
}
