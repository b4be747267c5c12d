package main

import (
	"fmt"
	"math"
	"os/exec"
)

// size tells the binary's, and how long the manager took to its first job.
func (b *bench) size() error {
	b.add(row{
		Measure: "embedded: boot and first run, whole", Figure: b.boot.milliseconds(),
		Goal: atMost(60).String(), Verdict: atMost(60).judge(b.boot.median()),
	})
	b.addFigure("the binary, static, stripped", "%6.2f MiB", float64(fileSize(b.slimrun))/(1<<20), atMost(6))
	b.raw["binary_bytes"], b.raw["boot_ms"] = fileSize(b.slimrun), b.boot
	return nil
}

// smallest finds the least --memory under which `true` runs 5 times out of 5.
func (b *bench) smallest() error {
	least := math.NaN()
	for kib := 4096; kib >= 128 && b.ctx.Err() == nil && b.runsUnder(kib); kib -= max(64, kib/4/64*64) {
		least = float64(kib)
	}
	b.addFigure("smallest --memory for `true`, 5 of 5", "%6.0f KiB", least, atMost(512).onV2())
	b.raw["smallest_kib"] = least
	return nil
}

func (b *bench) runsUnder(kib int) bool {
	for range 5 {
		memory := fmt.Sprintf("%dK", kib)
		if exec.Command(b.slimrun, "-q", "--manager", "embedded", "-m", memory, "--", "true").Run() != nil {
			return false
		}
	}
	return true
}
