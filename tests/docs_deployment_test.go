package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// offline are stand-ins for the programs in the README's deployment that need the internet.
var offline = map[string]string{
	"aws": `[[ $1 == sts ]] && echo 123456789012
exit 0`,
	"go": `[[ $* == "run ./tools/node-tools -bucket morpheus-node-tools-123456789012" ]]
mkdir -p node-tools
for file in awscli-exe-linux-x86_64.zip amazon-efs-utils.deb amazon-cloudwatch-agent.deb rds-global-bundle.pem; do
  echo "$file" >"node-tools/$file"
done`,
}

// TestDocsFirstDeploymentConfiguresAStack pastes the blocks of the README's steps 2 and 3 into a shell, with the real
// Pulumi CLI. The program must then accept the stack file.
func TestDocsFirstDeploymentConfiguresAStack(t *testing.T) {
	folder, err := project.Find()
	require.NoError(t, err)
	_, err = rehearsal.FindCLI(t.Context(), folder, os.Stderr) // builds the pinned version if PATH has none
	require.NoError(t, err)
	built, err := filepath.Abs("../tools/bin")
	require.NoError(t, err)
	pinned, err := filepath.Glob(filepath.Join(built, "pulumi-v*", "bin"))
	require.NoError(t, err)

	dir, bin := t.TempDir(), t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.prod.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", name)) //nolint:gosec // a file of this repository
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	for name, body := range offline {
		program := []byte("#!/usr/bin/env bash\n" + body + "\n")
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), program, 0o700)) //nolint:gosec // it is executed
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "state"), 0o700))

	script := "set -euo pipefail\n" + readmeBlock(t, "### 2. ") + readmeBlock(t, "### 3. ")
	command := exec.CommandContext(t.Context(), "bash")
	command.Dir, command.Stdin = dir, strings.NewReader(script)
	path := slices.Concat([]string{bin}, pinned, []string{os.Getenv("PATH")})
	command.Env = append(os.Environ(), "PATH="+strings.Join(path, ":"), "HOME="+dir,
		"PULUMI_HOME="+filepath.Join(dir, "home"), "PULUMI_BACKEND_URL=file://"+filepath.Join(dir, "state"),
		"PULUMI_CONFIG_PASSPHRASE=test", "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)

	written := filepath.Join(dir, "Pulumi.prod.yaml")
	assert.Contains(t, content(t, written), "encryptionsalt:", "the README says that `pulumi stack init` writes the salt")
	parsed, err := folder.Project()
	require.NoError(t, err)
	file, err := parsed.ParseStack([]byte(content(t, written)))
	require.NoError(t, err)
	values, err := file.EngineValues("prod")
	require.NoError(t, err)
	cfg, err := stackconfig.Load(stackconfig.Source{Stack: "prod", Values: values, Secrets: map[string]bool{}})
	require.NoError(t, err, "the program must accept the stack file of the README's commands")
	assert.Equal(t, "123456789012", cfg.AWS.AccountID)
	assert.Equal(t, "morpheus-node-tools-123456789012", cfg.NodeTools.Bucket)
}

// readmeBlock returns the first shell block under the heading that begins with the given text.
func readmeBlock(t *testing.T, heading string) string {
	t.Helper()
	_, section, found := strings.Cut(content(t, "../README.md"), "\n"+heading)
	require.True(t, found, "the README must have the heading %q", heading)
	block := regexp.MustCompile("(?s)\n```sh\n(.*?)```\n").FindStringSubmatch(section)
	require.NotNil(t, block, "the README must have a shell block under %q", heading)
	return block[1]
}
