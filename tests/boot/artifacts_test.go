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

// artifacts are the files of the mirror bucket: stand-ins that the boot installs in the same way as the real ones.
type artifacts struct {
	appliance string
	adds      string            // a newer release that generates one more secret
	drops     string            // a newer release that removes a generated secret
	tools     map[string]string // files by name of the tool
}

func newArtifacts(w *world, repository string) (*artifacts, error) {
	a := &artifacts{
		appliance: w.path("morpheus-appliance_8.0.7-1_amd64.deb"),
		adds:      w.path("morpheus-appliance_8.1.0-1_amd64.deb"),
		drops:     w.path("morpheus-appliance_8.0.9-1_amd64.deb"),
		tools: map[string]string{
			"efs-utils": w.path("amazon-efs-utils.deb"), "cloudwatch-agent": w.path("amazon-cloudwatch-agent.deb"),
			"aws-cli": w.path("awscli.zip"), "rds-ca": w.path("ca.pem"),
		},
	}
	appliance := map[string]string{"/usr/bin/morpheus-ctl": "standin/morpheus-ctl", "/usr/lib/standin/ui": "standin/ui"}
	const folders = "mkdir -p /var/log/morpheus/morpheus-ui /etc/morpheus"
	for _, d := range []debianPackage{
		{file: a.appliance, name: "morpheus-appliance", version: "8.0.7-1", content: appliance, postinst: folders},
		{
			file: a.adds, name: "morpheus-appliance", version: "8.1.0-1", content: appliance,
			postinst: folders + " && touch /usr/lib/standin/adds /usr/lib/standin/opensearch",
		},
		{
			file: a.drops, name: "morpheus-appliance", version: "8.0.9-1", content: appliance,
			postinst: folders + " && touch /usr/lib/standin/drops",
		},
		{
			file: a.tools["efs-utils"], name: "amazon-efs-utils", version: "2.0.0-1",
			content: map[string]string{"/usr/sbin/mount.efs": "standin/mount.efs"},
		},
		{
			file: a.tools["cloudwatch-agent"], name: "amazon-cloudwatch-agent", version: "1.300000-1",
			content: map[string]string{
				"/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl": "standin/agent-ctl",
			},
			postinst: "mkdir -p /opt/aws/amazon-cloudwatch-agent/etc",
		},
	} {
		if err := d.build(); err != nil {
			return nil, err
		}
	}
	installer := fmt.Sprintf(`#!/bin/bash
set -e
[[ $1 == --update ]]
printf '#!/bin/bash\nexec %%s "$@"\n' %q >/usr/local/bin/aws
chmod 0755 /usr/local/bin/aws
`, filepath.Join(repository, "tools/bin/nodeaws/bin/aws"))
	if err := put(w.path("zip/aws/install"), installer, 0o755); err != nil {
		return nil, err
	}
	return a, run("bash", "-c", "cd '"+w.path("zip")+"' && zip -q -r '"+a.tools["aws-cli"]+"' aws")
}

// debianPackage is a package to build: content has the source file of each installed path, postinst is a shell
// command.
type debianPackage struct {
	file, name, version string
	content             map[string]string
	postinst            string
}

func (d debianPackage) build() error {
	root := d.file + ".d"
	for path, source := range d.content {
		if err := install(source, filepath.Join(root, path)); err != nil {
			return err
		}
	}
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\n"+
		"Maintainer: the boot test <test@example.com>\nDescription: stand-in\n", d.name, d.version)
	if err := put(filepath.Join(root, "DEBIAN/control"), control, 0o644); err != nil {
		return err
	}
	if err := put(filepath.Join(root, "DEBIAN/postinst"), "#!/bin/sh\nset -e\n"+d.postinst+"\n", 0o755); err != nil {
		return err
	}
	return run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, d.file)
}

// put writes a file and creates its folders.
func put(path, content string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), mode)
}

// install copies a program.
func install(source, path string) error {
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return put(path, string(text), 0o755)
}

// sum returns the SHA-256 of a file as hexadecimal digits.
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

// download returns where a node finds one of the packages in the mirror bucket.
func (a *artifacts) download(file string) boot.Download {
	return boot.Download{URL: "s3://" + mirrorBucket + "/" + filepath.Base(file), SHA256: a.sum(file)}
}

// upload puts all files into the mirror bucket.
func (a *artifacts) upload(api *awsAPI) error {
	keys := map[string]string{}
	for _, file := range []string{a.appliance, a.adds, a.drops} {
		keys[filepath.Base(file)] = file
	}
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
