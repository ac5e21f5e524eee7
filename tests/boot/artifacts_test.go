package boot_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// artifacts are the files of the mirror bucket: stand-ins, installed by the same steps as the real ones.
type artifacts struct {
	appliance string
	newer     string            // a later release of it, which generates one secret more
	tools     map[string]string // file by tool
}

func newArtifacts(w *world, repository string) (*artifacts, error) {
	a := &artifacts{tools: map[string]string{
		"efs-utils": w.path("amazon-efs-utils.deb"), "cloudwatch-agent": w.path("amazon-cloudwatch-agent.deb"),
		"aws-cli": w.path("awscli.zip"), "rds-ca": w.path("ca.pem"),
	}, appliance: w.path("morpheus-appliance_8.0.7-1_amd64.deb"), newer: w.path("morpheus-appliance_8.0.8-1_amd64.deb")}
	type content map[string]string // source by path
	for _, d := range []struct {
		file, name, version string
		content             content
		postinst            string
	}{
		{a.appliance, "morpheus-appliance", "8.0.7-1", content{
			"/usr/bin/morpheus-ctl": "standin/morpheus-ctl", "/usr/lib/standin/ui": "standin/ui",
		}, "mkdir -p /var/log/morpheus/morpheus-ui /etc/morpheus"},
		{a.newer, "morpheus-appliance", "8.0.8-1", content{
			"/usr/bin/morpheus-ctl": "standin/morpheus-ctl", "/usr/lib/standin/ui": "standin/ui",
		}, "mkdir -p /var/log/morpheus/morpheus-ui /etc/morpheus && touch /usr/lib/standin/newer"},
		{a.tools["efs-utils"], "amazon-efs-utils", "2.0.0-1", content{"/usr/sbin/mount.efs": "standin/mount.efs"}, ""},
		{a.tools["cloudwatch-agent"], "amazon-cloudwatch-agent", "1.300000-1", content{
			"/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl": "standin/agent-ctl",
		}, "mkdir -p /opt/aws/amazon-cloudwatch-agent/etc"},
	} {
		root := d.file + ".d"
		for path, source := range d.content {
			if err := install(source, filepath.Join(root, path)); err != nil {
				return nil, err
			}
		}
		control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: the boot test <test@example.com>\nDescription: stand-in\n", d.name, d.version)
		if err := put(filepath.Join(root, "DEBIAN/control"), control, 0o644); err != nil {
			return nil, err
		}
		if err := put(filepath.Join(root, "DEBIAN/postinst"), "#!/bin/sh\nset -e\n"+d.postinst+"\n", 0o755); err != nil {
			return nil, err
		}
		if err := run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, d.file); err != nil {
			return nil, err
		}
	}
	installer := "#!/bin/bash\nset -e\n[[ $1 == --update ]]\nprintf '#!/bin/bash\\nexec %s \"$@\"\\n' >/usr/local/bin/aws\nchmod 0755 /usr/local/bin/aws\n"
	if err := put(w.path("zip/aws/install"), fmt.Sprintf(installer, filepath.Join(repository, "tools/bin/nodeaws/bin/aws")), 0o755); err != nil {
		return nil, err
	}
	return a, run("bash", "-c", "cd '"+w.path("zip")+"' && zip -q -r '"+a.tools["aws-cli"]+"' aws")
}

func put(path, content string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), mode)
}

func install(source, path string) error {
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return put(path, string(text), 0o755)
}

func (a *artifacts) sum(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (a *artifacts) toolSums() map[string]string {
	out := map[string]string{}
	for name, file := range a.tools {
		out[name] = a.sum(file)
	}
	return out
}

// upload fills the mirror bucket.
func (a *artifacts) upload(api *awsAPI) error {
	keys := map[string]string{filepath.Base(a.appliance): a.appliance, filepath.Base(a.newer): a.newer}
	for _, tool := range boot.Tools {
		keys[tool.Key] = a.tools[tool.Name]
	}
	for key, file := range keys {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		err = api.do(http.MethodPut, "s3", "/"+mirrorBucket+"/"+key, f, "", nil)
		_ = f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
