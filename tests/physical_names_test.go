package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// In the console, on a bill and in a policy only the physical name tells whose a resource is. A stack's name may have 20
// characters, and the names of load balancers only 32.
func TestPhysicalNamesCarryProjectAndStack(t *testing.T) {
	const longest = "a-stack-of-20-charac"
	named := 0
	for _, stack := range []string{"dev", "prod", longest} {
		config := loadStack(t, "prod")
		if stack == "dev" {
			config = loadStack(t, "dev")
		}
		r, err := launch{Stack: stack, Config: change(t, config, overrides{
			"filesystem.name": "", "messaging.name": "", "search.name": "",
		})}.Start()
		require.NoError(t, err, "the names of %s must fit into AWS's limits", stack)
		names := map[string]string{}
		for _, res := range r.AWS() {
			facts := contract.Load().Resources[res.Token]
			for property, p := range facts.Inputs {
				given := res.Get(property)
				name, _ := given.(string)
				switch {
				case !p.Autonamed || name == "":
					continue
				case strings.HasPrefix(name, "/"), strings.HasPrefix(name, "opensearch-"):
					continue // a path of CloudWatch Logs, and a policy that is named after its domain
				case res.Token == awstoken.AutoScalingLifecycleHook, res.Token == awstoken.BackupRestoreTestSelection:
					continue // it is inside its group or plan
				case res.Token == awstoken.OpenSearchDomain && stack == longest:
					continue // 28 characters: the name is cut and has a hash
				}
				named++
				name = strings.ReplaceAll(strings.TrimPrefix(name, "alias/"), "/", "-") // the console shows slashes as folders
				if res.Token == awstoken.BackupRestoreTestPlan {                        // AWS allows no dashes
					name = strings.ReplaceAll(name, "_", "-")
				}
				if name != "morpheus-"+stack {
					assert.True(t, strings.HasPrefix(name, "morpheus-"+stack+"-"), "%s: %s is not named after the stack",
						res.Name, name)
				}
				assert.Empty(t, names[res.Token+" "+name], "%s: two resources have the name %s", res.Name, name)
				names[res.Token+" "+name] = res.Name
			}
		}
	}
	assert.Greater(t, named, 90, "names that were looked at")
}
