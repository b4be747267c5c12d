# Runs inside the machine as root. Everything goes to the second serial port, in
# sections that test/vm splits again: "=== NAME", then that part's output.
. /slimrun/config
exec </dev/null >"$TESTS" 2>&1
stty -F "$TESTS" raw -echo
export PATH=/slimrun/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=xterm

has_systemd() { [ -d /run/systemd/system ]; }

# The machine without systemd stays without swap, so that both kinds are covered.
add_swap() {
	fallocate -l 512M /swapfile && chmod 600 /swapfile
	mkswap -q /swapfile && swapon /swapfile
}

wait_for_alice() {
	uid=$(id -u alice)
	for _ in $(seq 100); do
		[ -S "/run/user/$uid/systemd/private" ] && [ -S "/run/user/$uid/bus" ] && return
		sleep 0.2
	done
	echo "alice's systemd --user is not up"
}

# root is in this unit's cgroup, alice in a login session's scope, bob has neither
# a session nor an environment, as under cron; step is alice in a step of Slurm's.
as() {
	case $1 in
	root) sh -c "$2" ;;
	alice) su -l alice -c "PATH=$PATH; $2" ;;
	step)
		printf '%s\n' "$2" >/tmp/in-step
		as alice "srun --quiet -n1 -N1 -c2 --mem=100M sh /tmp/in-step"
		;;
	bob) setpriv --reuid bob --regid bob --clear-groups env -i PATH="$PATH" HOME=/home/bob USER=bob sh -c "cd; $2" ;;
	esac
}

# A bare /dev lacks what shells need for <(...).
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd

# Slurm 22.05 lets a job swap as much as it has memory: slurm-swap adds some.
if has_systemd; then
	case $SUITE in
	slurm22 | slurmv1) ;;
	*) add_swap ;;
	esac
	wait_for_alice
	systemctl is-system-running --wait >/dev/null
fi
if [ -x /usr/local/sbin/slimrun-vm-slurm ]; then
	slimrun-vm-slurm
	export USER=root # systemd 252 does not set it for a service
fi
echo "=== booted $(uname -r) $(systemctl --version | head -n 1)"

if [ "$MODE" = shell ]; then
	stty -F "$CONSOLE" rows "$ROWS" cols "$COLUMNS"
	cd && setsid --ctty --wait bash <"$CONSOLE" >"$CONSOLE" 2>&1
	exit
fi

# tests PARALLEL PATTERN-FILE: a hang is go test's to end, which then names the
# test; timeout is for the rest. A step has a core of its own, and shares it with nobody.
tests() {
	[ "$user" != step ] || AMONG=
	echo "timeout -k 10 $((LIMIT + 30)) /slimrun/e2e.test -test.v -test.parallel $1 -test.timeout ${LIMIT}s" \
		"-test.run \"\$(cat $2)\" -slimrun /slimrun/bin/slimrun $FLAGS -among '$AMONG' -own $SUITE/$user"
}

# An emulated machine is slow enough for one scenario to starve another: what ran out
# of time beside others is run once more, one by one, and the table says so. What
# failed in any other way has failed.
again() {
	sed -n 's|^--- LATE: TestScenarios/\([^ ]*\)$|\1|p' "$1" | paste -sd '|' | sed 's/.*/^TestScenarios$\/^(&)$/'
}
failures() { grep -c '^ *--- FAIL: TestScenarios/' "$1"; }

for user in $USERS; do
	echo "=== start $user"
	pattern=/slimrun/pattern
	[ "$user" != step ] || pattern=/slimrun/pattern-step
	{ as "$user" "$(tests 3 $pattern)"; echo $? >/tmp/status; } 2>&1 | tee /tmp/output
	status=$(cat /tmp/status)
	again /tmp/output >/tmp/again
	chmod 644 /tmp/again
	if [ "$status" -ne 0 ] && grep -q '(.\+)' /tmp/again; then
		echo
		echo "=== again $user"
		as "$user" "$(tests 1 /tmp/again)"
		again=$?
		[ "$(failures /tmp/output)" -gt "$(grep -c '^--- LATE: ' /tmp/output)" ] || status=$again
	fi
	echo
	echo "=== end $user $status"
	[ "$status" -eq 0 ] || failed=1
done

if [ -n "${failed-}" ]; then
	echo "=== journal"
	SYSTEMD_COLORS=0 journalctl --boot --no-pager --lines 1000
	dmesg | tail -n 200
fi
echo "=== done"
stty -F "$TESTS" sane
