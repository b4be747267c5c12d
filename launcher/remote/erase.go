package remote

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// erase takes this process's environment out of what /proc shows of it: the payload may see
// that, and the secret is in there. What Go has of it is a copy.
func erase() error {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return err
	}
	from, to, err := environmentIn(string(stat))
	if err != nil {
		return err
	}
	memory, err := os.OpenFile("/proc/self/mem", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer memory.Close()
	if _, err := memory.WriteAt(make([]byte, to-from), from); err != nil {
		return err
	}
	if left, err := os.ReadFile("/proc/self/environ"); err != nil || bytes.Contains(left, []byte(variable)) {
		return fmt.Errorf("it is still seen in /proc/self/environ: %v", err)
	}
	return nil
}

// environmentIn is where a process's environment lies, from its stat: env_start and env_end
// (proc_pid_stat(5), Linux 3.5).
func environmentIn(stat string) (from, to int64, err error) {
	const envStart, state = 50, 3
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < envStart-state+2 {
		return 0, 0, fmt.Errorf("/proc/self/stat has %d fields, want %d", len(fields)+state-1, envStart+1)
	}
	from, err1 := strconv.ParseInt(fields[envStart-state], 10, 64)
	to, err2 := strconv.ParseInt(fields[envStart-state+1], 10, 64)
	if err1 != nil || err2 != nil || from <= 0 || to <= from {
		return 0, 0, fmt.Errorf("/proc/self/stat does not say where the environment is: %q", fields[envStart-state:])
	}
	return from, to, nil
}
