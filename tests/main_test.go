package tests

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the heap grow five times between two garbage collections, not twice. The tests keep many deployments,
// and a third of their time was spent on marking them again and again; they need about 1 GB now.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
