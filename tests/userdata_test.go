package tests

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
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

// bundled matches a file in the script that nodes load: its name and content.
var bundled = regexp.MustCompile(`(?s)cat >"\$1/([^"]+)" <<'(=== end of file ===)'\n(.*?)=== end of file ===\n`)

// bundleFiles returns the files that a bundle writes on a node; none if the text is not a bundle.
func bundleFiles(text string) []boot.File {
	var out []boot.File
	for _, match := range bundled.FindAllStringSubmatch(text, -1) {
		out = append(out, boot.File{Path: boot.Folder + "/" + match[1], Permissions: "0644", Content: match[3]})
	}
	return out
}

// nodeFiles returns all files of the nodes of a deployment: those of the user data and those that nodes load.
func nodeFiles(t *testing.T, r *recorder) []boot.File {
	t.Helper()
	templates := r.OfType(awstoken.EC2LaunchTemplate)
	require.Len(t, templates, 1)
	files, ok := userDataFiles(templates[0].Get("userData").(string))
	require.True(t, ok, "cloud-init cannot read the user data")
	for _, object := range r.OfType(awstoken.S3Object) {
		files = append(files, bundleFiles(object.Get("content").(string))...)
	}
	return files
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
		for _, f := range nodeFiles(t, r) {
			for _, p := range r.OfType("random:index/randomPassword:RandomPassword") {
				assert.NotContains(t, f.Content, p.Output("result"),
					"%s: everybody who can describe launch templates can read user data", f.Path)
			}
		}
	})
}

// The larger files of a node are one object, which the user data names by its digest.
func TestNodesLoadTheirOtherFilesFromTheStacksBucket(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		objects := r.OfType(awstoken.S3Object)
		require.Len(t, objects, 1)
		object, settings := objects[0], nodeSettings(t, r)
		bucket := r.ByURN[urnOf(r, awstoken.S3Bucket, "cluster-boot-bucket")]
		require.NotNil(t, bucket)
		assert.Equal(t, bucket.Output("bucket"), object.Get("bucket"))
		assert.Equal(t, bucket.Output("bucket"), settings["FILES_BUCKET"])
		content := object.Get("content").(string)
		sum := sha256.Sum256([]byte(content))
		assert.Equal(t, hex.EncodeToString(sum[:]), settings["FILES_SHA256"], "nodes refuse an object with another digest")
		assert.Equal(t, "boot/"+settings["FILES_SHA256"]+".sh", object.Get("key"), "nodes request this key")
		assert.Equal(t, []string{bucket.Output("arn") + "/boot/*"}, nodeResources(t, r)["ReadBootFiles"],
			"the objects of this and of former versions, and nothing else")
		assert.True(t, object.RPC.GetRetainOnDelete(),
			"a rollback starts nodes with the user data of a former version, which needs its object")
		assert.True(t, madeBefore(r, r.OfType("autoscaling/group:Group")[0])["cluster-boot-files"],
			"the first node would find no object")
		for _, p := range r.OfType("random:index/randomPassword:RandomPassword") {
			assert.NotContains(t, content, p.Output("result"), "the object is not encrypted with a key of the stack")
		}

		dir := t.TempDir()
		script := filepath.Join(dir, "script")
		require.NoError(t, os.WriteFile(script, []byte(content), 0o600))
		require.NoError(t, os.Mkdir(filepath.Join(dir, "lib"), 0o700))
		out, err := exec.Command("bash", "-eu", script, filepath.Join(dir, "lib")).CombinedOutput()
		require.NoError(t, err, "%s", out)
		want := bundleFiles(content)
		assert.Greater(t, len(want), 5)
		for _, f := range want {
			have, err := os.ReadFile(filepath.Join(dir, "lib", path.Base(f.Path)))
			require.NoError(t, err)
			assert.Equal(t, f.Content, string(have), "a node must get %s unchanged", f.Path)
		}
	})
}

// S3 accepts 10 tags of an object, and a stack may have 40.
func TestAStackWithManyTagsUploadsTheFilesOfItsNodes(t *testing.T) {
	tags := map[string]any{}
	for _, name := range strings.Split("abcdefghijkl", "") {
		tags["Tag"+name] = "x"
	}
	r, err := run(t, "prod", overrides{"tags": tags})
	require.NoError(t, err, "S3 refuses an object with 11 tags")
	assert.Nil(t, r.OfType(awstoken.S3Object)[0].Get("tags"))
	assert.NotNil(t, deployed(t, "prod").OfType(awstoken.S3Object)[0].Get("tags"), "up to 10 tags, the object has them")
}
