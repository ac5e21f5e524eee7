package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// pulumi is the CLI: it edits the stack file, and an update changes the account as a real one would.
func (w *world) pulumi(ctx context.Context, arguments ...string) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch line := strings.Join(arguments, " "); {
	case strings.HasPrefix(line, "stack output"):
		return json.Marshal(m{
			"morpheusVersion": w.deployed, "databaseEndpoint": w.endpoint + ".cluster-1.us-east-1.rds.amazonaws.com",
			"applianceSecretArn": secretARN,
		})
	case strings.HasPrefix(line, "stack export"):
		return json.Marshal(m{"deployment": m{"resources": l{
			m{"urn": "a::filesystem-storage", "type": "aws:efs/fileSystem:FileSystem", "id": "fs-1", "outputs": m{"arn": filesARN}},
			m{"urn": "a::backup-vault", "type": "aws:backup/vault:Vault", "id": "morpheus-prod"},
			w.clusterState(),
			m{"urn": "a::backup-role", "type": "aws:iam/role:Role", "id": "r", "outputs": m{"arn": "arn:aws:iam::1:role/r"}},
		}}})
	case strings.HasPrefix(line, "config set-all --path --plaintext morpheus:"):
		key, _, _ := strings.Cut(strings.TrimPrefix(arguments[4], "morpheus:"), "=")
		return nil, w.changing(ctx, "set "+key, func() {
			for i := 4; i < len(arguments) && arguments[i-1] == "--plaintext"; i += 2 {
				key, value, _ := strings.Cut(strings.TrimPrefix(arguments[i], "morpheus:"), "=")
				w.edit(key, plain(value))
			}
		})
	case strings.HasPrefix(line, "config rm-all --path morpheus:"):
		keys := strings.Fields(strings.ReplaceAll(strings.Join(arguments[3:len(arguments)-2], " "), "morpheus:", ""))
		return nil, w.changing(ctx, "rm "+strings.Join(keys, " "), func() {
			for _, key := range keys {
				w.edit(key, nil)
			}
		})
	case line == "up --yes --stack prod":
		return nil, w.up(ctx)
	default:
		return nil, errors.New("unknown command: " + line)
	}
}

// clusterState is the cluster in the state; nothing of interest after a refresh that has not found it.
func (w *world) clusterState() m {
	if w.database.name == "" {
		return m{"urn": "a::stack", "type": "pulumi:pulumi:Stack"}
	}
	return m{
		"urn": "a::database-cluster", "type": "aws:rds/cluster:Cluster", "id": w.database.name, "protect": w.database.protected,
		"outputs": m{"deletionProtection": w.database.protected},
	}
}

const secretARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:morpheus-prod-cluster-appliance-1a2b3c-AbCdEf"

const filesARN = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1"

// plain is the value that the CLI stores.
func plain(text string) any {
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil || !strings.Contains("bool int", fmt.Sprintf("%T", value)) {
		return text
	}
	return value
}

// edit changes a key of the stack file; nil removes it.
func (w *world) edit(key string, value any) {
	path := filepath.Join(w.folder, "Pulumi.prod.yaml")
	text, err := os.ReadFile(path) //nolint:gosec // of the test
	require.NoError(w.t, err)
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(w.t, yaml.Unmarshal(text, &file))
	if list, isItem := strings.CutSuffix(key, "[0]"); isItem {
		key, value = list, l{value}
	}
	section, name, _ := strings.Cut("morpheus:"+key, ".")
	into, isMap := file.Config[section].(map[string]any)
	if !isMap {
		into = map[string]any{}
		file.Config[section] = into
	}
	into[name] = value
	if value == nil {
		delete(into, name)
	}
	text, err = yaml.Marshal(file)
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(path, text, 0o600)) //nolint:gosec // of the test
}

// up is an update in two parts, between which it may be killed: the resources, and the outputs.
func (w *world) up(ctx context.Context) error {
	c, err := stack.Load(w.folder, "prod")
	if err != nil {
		return err
	}
	replaced := c.Database.Name != w.database.name
	if replaced && w.database.protected {
		return errors.New("refused: the update would replace a protected database")
	}
	if err := w.changing(ctx, "up", func() {
		if replaced {
			w.makeCluster(c.Database.Name)
			w.database.name, w.database.from = c.Database.Name, c.Database.SnapshotIdentifier
			w.database.version, w.database.status = c.Database.EngineVersion, "available"
		}
		w.database.protected = len(c.Safety.AllowReplace) == 0
		image := map[string]string{parameterOf(oldSerial): oldImage, parameterOf(newSerial): newImage}[c.Cluster.ImageParameter]
		if w.group.image != image || w.group.release != c.Morpheus.Version || replaced {
			w.group.template++
		}
		if w.group.image != image || w.group.release != c.Morpheus.Version || w.group.rollout != c.Cluster.Rollout || replaced {
			w.group.image, w.group.release, w.group.rollout = image, c.Morpheus.Version, c.Cluster.Rollout
			w.refresh.status, w.refresh.reason = "InProgress", ""
		}
		if c.Database.EngineVersion != w.database.version {
			w.database.pending = c.Database.EngineVersion
		}
		if c.Search.EngineVersion != w.domain.version && w.domain.left == 0 {
			w.domain.pending, w.domain.left = c.Search.EngineVersion, 3
		}
		if !strings.HasPrefix(w.broker.version, c.Messaging.EngineVersion) {
			w.broker.pending = c.Messaging.EngineVersion
		}
	}); err != nil {
		return err
	}
	return w.changing(ctx, "outputs", func() { w.deployed, w.endpoint = c.Morpheus.Version, c.Database.Name })
}
