package gobuild

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProgressDescribesTheCompilersStep(t *testing.T) {
	log := compileLog{last: "example.com/main"}
	say := func(text string) {
		_, err := log.Write([]byte(text))
		require.NoError(t, err)
	}
	assert.Equal(t, "0 packages compiled", log.status())
	say("go: downloading example.com/a v1.0.0\ngo: down")
	say("loading example.com/b v1.0.0\n")
	assert.Equal(t, "2 modules downloaded", log.status())
	say("internal/abi\nruntime\n")
	assert.Equal(t, "2 packages compiled", log.status())
	say("example.com/main\n")
	assert.Equal(t, "2 packages compiled, linking", log.status())
	assert.Empty(t, log.rest())
	say("# example.com/a\na.go:1:1: undefined: b\n")
	assert.Equal(t, "# example.com/a\na.go:1:1: undefined: b\n", log.rest())
}
