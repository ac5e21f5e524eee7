package tests

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// refuser counts the program's requests to the engine and refuses them. The test only needs to know whether there are
// any.
type refuser struct{ asked atomic.Int32 }

var errRefused = errors.New("the engine refuses all requests")

func (r *refuser) NewResource(pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.asked.Add(1)
	return "", nil, errRefused
}

func (r *refuser) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.asked.Add(1)
	return nil, errRefused
}

// FuzzConfig runs the program with random configurations. It must never panic, and it must send no request to the
// engine for a refused configuration.
func FuzzConfig(f *testing.F) {
	good := map[string]map[string]string{}
	for _, stack := range committed {
		good[stack] = loadStack(f, stack)
	}
	f.Add(uint64(0), "prod", "", "")
	f.Add(uint64(1), "dev", "morpheus:database", `{"instances":1}`)
	f.Add(uint64(2), "Ünsinn--", "aws:region", "eu-west-1")
	f.Add(uint64(3), "prod", "morpheus:", "null")
	f.Add(uint64(4), "prod", ":", "[[[[]]]]")
	f.Add(uint64(5), "dev", "morpheus:tags", `{"":"","aws:x":null,"ſ":"S","s":1e400}`)
	for _, group := range wrongConfigs {
		for i, w := range group {
			config := change(f, good["prod"], w.over)
			for key := range w.over {
				section, _, _ := strings.Cut(key, ".")
				f.Add(uint64(i), "prod", "morpheus:"+section, config["morpheus:"+section])
			}
		}
	}

	f.Fuzz(func(t *testing.T, seed uint64, stack, key, value string) {
		base, ok := good[stack]
		if !ok {
			base = good["dev"]
		}
		config := damage(rand.New(rand.NewPCG(seed, 0)), base, value)
		if key != "" {
			config[key] = value
		}
		r := &refuser{}
		var refused error
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			if _, refused = stacks.Load(ctx); refused != nil {
				require.Zero(t, r.asked.Load())
			}
			return stacks.Run(ctx)
		}, pulumi.WithMocks(namespace, "fuzz-"+stack, r), func(info *pulumi.RunInfo) { info.Config = config })
		require.Error(t, err, "the engine refuses everything")
		if refused != nil {
			assert.Zero(t, r.asked.Load(), "a refused configuration must not register anything: %v", refused)
			assert.Contains(t, refused.Error(), "nothing was registered:\n  - ", "the error must list the problems")
		} else {
			assert.NotZero(t, r.asked.Load(), "an accepted configuration is deployed")
		}
	})
}

// damage replaces, removes or adds up to three nodes of the configuration's tree.
func damage(random *rand.Rand, base map[string]string, value string) map[string]string {
	out := maps.Clone(base)
	for range random.IntN(4) {
		key := pick(random, slices.Sorted(maps.Keys(out)))
		var node any
		if json.Unmarshal([]byte(out[key]), &node) != nil {
			node = out[key]
		}
		damaged, err := json.Marshal(hurt(random, node, value))
		if err != nil {
			continue
		}
		out[key] = string(damaged)
	}
	return out
}

// hurt replaces a random node of the tree.
func hurt(random *rand.Rand, node any, value string) any {
	switch n := node.(type) {
	case map[string]any:
		if len(n) == 0 || random.IntN(8) == 0 {
			break
		}
		name := pick(random, slices.Sorted(maps.Keys(n)))
		switch random.IntN(8) {
		case 0:
			delete(n, name)
		case 1:
			n[value] = n[name]
		default:
			n[name] = hurt(random, n[name], value)
		}
		return n
	case []any:
		if len(n) == 0 || random.IntN(8) == 0 {
			break
		}
		i := random.IntN(len(n))
		switch random.IntN(4) {
		case 0:
			return append(n, n[i])
		case 1:
			return slices.Delete(n, i, i+1)
		}
		n[i] = hurt(random, n[i], value)
		return n
	}
	return pick(random, []any{
		nil, true, false, 0, -1, 1, 3, 2.5, 1e300, "", " ", "<>", "0", "null", value, node, []any{}, []any{node, value},
		map[string]any{}, map[string]any{value: node}, strings.Repeat("x", random.IntN(300)), strings.ToUpper(value),
	})
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
