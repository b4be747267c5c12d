package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// compare holds the working tree's slimrun against an earlier one: launch
// time under both managers, and memory, pair by pair.
func (b *bench) compare() error {
	old, err := b.earlier()
	if err != nil {
		return err
	}
	raw := map[string]sample{}
	b.say("\n%-10s %-32s %-32s %s", "launch", "before", "working tree", "tree ÷ before")
	for _, manager := range []string{"system", "embedded"} {
		samples, err := b.interleave([]*peer{b.slimrunPeer(old, manager), b.slimrunPeer(b.slimrun, manager)},
			launchBudget)
		if err != nil {
			return err
		}
		raw[manager+", before"], raw[manager+", tree"] = samples[0], samples[1]
		b.say("%-10s %-32s %-32s %v", manager, samples[0].milliseconds(), samples[1].milliseconds(),
			samples[1].over(samples[0]))
	}
	b.raw["against"], b.raw["against_ms"] = b.against, raw
	return b.compareMemory(old)
}

func (b *bench) compareMemory(old string) error {
	before, err := b.park(old)
	if err != nil {
		return err
	}
	after, err := b.park(b.slimrun)
	if err != nil {
		return err
	}
	b.say("\nwaiting, private memory: %d KiB, now %d KiB: %.2f", before.private, after.private,
		float64(after.private)/float64(before.private))
	b.say("binary: %d bytes, now %d: %.2f", fileSize(old), fileSize(b.slimrun),
		float64(fileSize(b.slimrun))/float64(fileSize(old)))
	b.raw["against_private_kib"] = []int{before.private, after.private}
	return nil
}

// earlier builds the commit in a worktree of its own; a path to a binary is
// taken as it is.
func (b *bench) earlier() (string, error) {
	if info, err := os.Stat(b.against); err == nil && info.Mode().IsRegular() {
		return filepath.Abs(b.against)
	}
	tree := filepath.Join(b.dir, "tree")
	if out, err := exec.Command("git", "worktree", "add", "--detach", tree, b.against).CombinedOutput(); err != nil {
		return "", fmt.Errorf("checking out %q: %w: %s", b.against, err, out)
	}
	defer exec.Command("git", "worktree", "remove", "--force", tree).Run()
	binary := filepath.Join(b.dir, "earlier")
	return binary, build(tree, binary)
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
