package unit

import (
	"os"
	"testing"
)

// TestMain lets the test binary be the embedded manager's stages, as
// slimrun's main does.
func TestMain(m *testing.M) {
	if stage, ok := EmbeddedStage(os.Args[0]); ok {
		os.Exit(stage())
	}
	os.Exit(m.Run())
}
