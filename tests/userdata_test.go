package tests

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// userDataFiles decodes user data and returns the files that cloud-init writes on a node.
func userDataFiles(text string) ([]boot.File, bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return nil, false
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, false
	}
	opened, err := io.ReadAll(zip)
	if err != nil {
		return nil, false
	}
	var document struct {
		Files []boot.File `yaml:"write_files"`
	}
	body, found := bytes.CutPrefix(opened, []byte("#cloud-config\n"))
	if !found || yaml.Unmarshal(body, &document) != nil {
		return nil, false
	}
	return document.Files, true
}

// summary returns the form of user data in a manifest: the settings, which differ between stacks, and a digest of each
// other file.
func summary(files []boot.File) map[string]any {
	out := map[string]any{}
	for _, f := range files {
		if f.Path == boot.Folder+"/node.conf" {
			var lines []any
			for line := range strings.Lines(f.Content) {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
			out[f.Path] = lines
			continue
		}
		sum := sha256.Sum256([]byte(f.Content))
		out[f.Path] = f.Permissions + " sha256 " + hex.EncodeToString(sum[:6])
	}
	return out
}

func TestUserDataFitsAndHoldsNoSecret(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		templates := r.OfType("ec2/launchTemplate:LaunchTemplate")
		require.Len(t, templates, 1)
		text := templates[0].Get("userData").(string)
		data, err := base64.StdEncoding.DecodeString(text)
		require.NoError(t, err, "a launch template needs user data in base64")
		t.Logf("user data: %d of %d bytes", len(data), boot.MaxUserData)
		assert.LessOrEqual(t, len(data), boot.MaxUserData)
		files, ok := userDataFiles(text)
		require.True(t, ok, "cloud-init must be able to read it")
		for _, f := range files {
			for _, p := range r.OfType("random:index/randomPassword:RandomPassword") {
				assert.NotContains(t, f.Content, p.Output("result"),
					"%s: everybody who can describe launch templates can read user data", f.Path)
			}
		}
	})
}
