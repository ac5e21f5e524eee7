package lookup

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A look-up that AWS refuses is no reason to stop, but a person must read that nobody has looked.
func TestEveryWarningOfALookUpIsShown(t *testing.T) {
	q := &query{}
	var group sync.WaitGroup
	for _, text := range []string{"b: could not be asked", "a: could not be seen"} {
		group.Go(func() { q.warn(text) })
	}
	group.Wait()
	assert.Equal(t, []string{"a: could not be seen", "b: could not be asked"}, q.allWarnings(),
		"the order must not depend on which answer comes first")

	q.unsure = []string{"the file system shared", "the broker queue"}
	shown := q.allWarnings()
	assert.Len(t, shown, 3)
	assert.Contains(t, shown[2], "the account has the broker queue, the file system shared with the tags of this stack",
		"one message has all names that a failed first update may have created")
}
