package contract

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written is the output of a program whose contract has a version, as the engine returns it.
func written(version, readable int, more map[string]any) map[string]any {
	object := map[string]any{"version": float64(version), "readable": float64(readable), "mode": "pilotLight",
		"fileSystemId": "fs-1"}
	maps.Copy(object, more)
	return map[string]any{Output: object}
}

// The two stacks are deployed one after the other, so one of them may run an older program.
func TestTwoVersionsOfTheProgramUnderstandEachOther(t *testing.T) {
	next := Version + 1
	c, err := Read("prod", written(next, Readable, map[string]any{"newField": "x"}))
	require.NoError(t, err, "a new field must not stop an older reader")
	assert.Equal(t, "fs-1", c.FileSystemID)
	assert.Equal(t, next, c.Version)

	_, err = Read("prod", written(next, next, nil))
	assert.ErrorContains(t, err, "use a newer program here", "a field with another meaning must stop an older reader")

	_, err = Read("prod", written(oldest-1, oldest-1, nil))
	assert.ErrorContains(t, err, "deploy prod with this program first", "a contract that is too old lacks what is needed")
}

func TestAStackWithoutAContractIsNamed(t *testing.T) {
	for name, outputs := range map[string]map[string]any{
		"no output": {}, "no object": {Output: "text"}, "no outputs": nil,
	} {
		_, err := Read("prod", outputs)
		assert.ErrorContains(t, err, "the stack prod has no output \"contract\"", name)
	}
	_, err := Read("prod", map[string]any{Output: map[string]any{"mode": "pilotLight"}})
	assert.ErrorContains(t, err, "has the version 0", "a contract without a version")
}
