package manage

import "github.com/slimrun/slimrun/launcher/grammar"

// Words are the commands that manage, in the order of --help. The flags of a run
// are in spec.Draft.Flags.
func Words(c Context) grammar.Words {
	return grammar.Words{
		PS(c), Top(c), Inspect(c), Logs(c), Wait(c), Prune(c),
		Stop(c), Kill(c), Pause(c), Resume(c), Update(c), Exec(c), Adopt(c),
		Doctor(c), History(c), Suggest(c), Plot(c), Completion(c),
	}
}
