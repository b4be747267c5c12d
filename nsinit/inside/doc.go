// Package inside is what lives inside a run: the program's own entry, the gate at
// which the child is held, and the init (PID 1), which makes the inside, starts
// the payload, passes signals on, reaps, and ends with it.
//
// It runs without Go's runtime. Linked with
//
//	-ldflags '-E github.com/slimrun/slimrun/nsinit/inside.entry'
//
// the program begins in entry_*.s. Named slimrun-init it is the init, on the stack
// that the kernel gave it; otherwise it notes what its caller set (Caller) and
// jumps to Go's own start.
//
// The rules for the code that runs so, held by a test (runtime_test.go):
//
//   - it allocates nothing: no make, append, closure that escapes, string that is
//     put together, map, interface, goroutine, defer. What it needs is in the Block;
//   - it uses no package variable that is initialised at run time: those are zero;
//   - an index out of range, nil, a division by zero are SIGSEGV: it fails closed;
//   - every errno is heeded: it is reported (Block.check), or the reason why it may
//     be passed over stands there.
//
// What happens between the clone and the exec of the init runs in the launcher's
// memory, beside Go: it writes no pointer either (spawn.go).
//
// When not to use it: for anything that can be done before the child is cloned,
// or by the launcher.
package inside
