package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

const (
	cliPath   = "/awscli-exe-linux-x86_64.zip"
	agentPath = "/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb"
	rdsPath   = "/global/global-bundle.pem"
)

// signer makes a key and returns it with its armored public part.
func signer(t *testing.T) (key *openpgp.Entity, public []byte) {
	t.Helper()
	key, err := openpgp.NewEntity("AWS", "test", "aws@example.com", nil)
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
	require.NoError(t, err)
	require.NoError(t, key.Serialize(w))
	require.NoError(t, w.Close())
	return key, out.Bytes()
}

func signature(t *testing.T, key *openpgp.Entity, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, openpgp.DetachSign(&out, key, bytes.NewReader(content), nil))
	return out.Bytes()
}

// authority returns a certificate of an authority.
func authority(t *testing.T, name string, until time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// server serves all files of the vendors, signed with one key, and returns a gatherer that uses it. The commands that
// it runs are recorded; the build leaves a package.
func server(t *testing.T) (files map[string][]byte, g gatherer, output *bytes.Buffer, commands *[]string) {
	t.Helper()
	key, public := signer(t)
	cli, agent := []byte("the AWS CLI"), []byte("the CloudWatch agent")
	files = map[string][]byte{
		cliPath: cli, cliPath + ".sig": signature(t, key, cli), "/key": public,
		agentPath: agent, agentPath + ".sig": signature(t, key, agent),
		rdsPath: append(authority(t, "Amazon RDS us-east-1 Root CA RSA2048 G1", time.Now().Add(time.Hour)),
			authority(t, "Amazon RDS eu-west-1 Root CA ECC384 G1", time.Now().Add(time.Hour))...),
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		content, ok := files[in.URL.Path]
		if !ok {
			http.NotFound(out, in)
			return
		}
		_, _ = out.Write(content)
	}))
	t.Cleanup(s.Close)
	trusted := publicKey{url: s.URL + "/key", fingerprint: hex.EncodeToString(key.PrimaryKey.Fingerprint)}
	output, commands = &bytes.Buffer{}, &[]string{}
	folder := filepath.Join(t.TempDir(), "files")
	g = gatherer{
		folder: folder, bucket: "tools", awsCLI: "latest", agent: "latest", image: "ubuntu:24.04", builder: "docker",
		out: output,
		sources: sources{
			cli: s.URL, agent: s.URL, rds: s.URL, cliKey: trusted, agentKey: trusted, client: s.Client(), now: time.Now,
		},
		run: func(_ context.Context, command ...string) error {
			*commands = append(*commands, strings.Join(command[:min(len(command), 8)], " "))
			if command[0] == "docker" {
				return os.WriteFile(filepath.Join(folder, "built.deb"), []byte("the mount helper"), 0o600)
			}
			return nil
		},
	}
	return files, g, output, commands
}

func TestTheToolsAreGatheredUploadedAndConfigured(t *testing.T) {
	files, g, output, commands := server(t)
	require.NoError(t, g.gather(t.Context()))
	sum := func(content []byte) string { s := sha256.Sum256(content); return hex.EncodeToString(s[:]) }
	for _, want := range []string{
		"morpheus:nodeTools.bucket tools", "awsCliSha256 " + sum(files[cliPath]),
		"cloudwatchAgentSha256 " + sum(files[agentPath]), "rdsCaSha256 " + sum(files[rdsPath]),
		"efsUtilsSha256 " + sum([]byte("the mount helper")),
	} {
		assert.Contains(t, output.String(), want+"\n", "the printed commands must configure the stack")
	}
	uploads := strings.Join(*commands, "\n")
	for _, tool := range boot.Tools {
		assert.Contains(t, uploads, "aws s3 cp --only-show-errors --checksum-algorithm SHA256 "+
			filepath.Join(g.folder, filepath.Base(tool.Key))+" s3://tools/"+tool.Key, "nodes read it at this key")
	}
	*commands = nil
	require.NoError(t, g.gather(t.Context()))
	assert.NotContains(t, strings.Join(*commands, "\n"), "docker", "a second run must not build again")
}

func TestAFileThatIsNotAWSsIsNotKept(t *testing.T) {
	stranger, strangersKey := signer(t)
	for name, c := range map[string]struct {
		spoil func(files map[string][]byte)
		want  string
	}{
		"changed file": {
			spoil: func(f map[string][]byte) { f[cliPath] = []byte("another CLI") }, want: "the signature of ",
		},
		"signed by a stranger": {
			spoil: func(f map[string][]byte) { f[agentPath+".sig"] = signature(t, stranger, f[agentPath]) },
			want:  "the signature of ",
		},
		"key of a stranger": {
			spoil: func(f map[string][]byte) { f["/key"] = strangersKey }, want: "has no key with the fingerprint ",
		},
		"no key":       {spoil: func(f map[string][]byte) { f["/key"] = []byte("<html>") }, want: "read the key from "},
		"no signature": {spoil: func(f map[string][]byte) { delete(f, agentPath+".sig") }, want: "404 Not Found"},
		"no file":      {spoil: func(f map[string][]byte) { delete(f, cliPath) }, want: "404 Not Found"},
		"no certificates": {
			spoil: func(f map[string][]byte) { f[rdsPath] = []byte("<html>") }, want: "is not a bundle with valid certificates",
		},
		"authority of a stranger": {
			spoil: func(f map[string][]byte) { f[rdsPath] = authority(t, "Evil CA", time.Now().Add(time.Hour)) },
			want:  `"Evil CA" is not a certificate authority of RDS`,
		},
		"expired authority": {
			spoil: func(f map[string][]byte) { f[rdsPath] = authority(t, "Amazon RDS Root", time.Now().Add(-time.Minute)) },
			want:  "is not a bundle with valid certificates",
		},
	} {
		t.Run(name, func(t *testing.T) {
			files, g, _, commands := server(t)
			c.spoil(files)
			require.ErrorContains(t, g.gather(t.Context()), c.want)
			assert.NotContains(t, strings.Join(*commands, "\n"), "aws s3", "nothing may be uploaded")
			kept, err := filepath.Glob(filepath.Join(g.folder, "*"))
			require.NoError(t, err)
			assert.Less(t, len(kept), len(boot.Tools), "a second run must not find the wrong file")
		})
	}
}

func TestAFailedBuildUploadsNothing(t *testing.T) {
	_, g, _, commands := server(t)
	run := g.run
	g.run = func(ctx context.Context, command ...string) error {
		if command[0] == "docker" {
			return errors.New("no such image")
		}
		return run(ctx, command...)
	}
	require.ErrorContains(t, g.gather(t.Context()), "efs-utils: build in a container (-builder): no such image")
	assert.NotContains(t, strings.Join(*commands, "\n"), "aws s3")
}

func TestTheVersionsAreInTheURLs(t *testing.T) {
	files, g, _, _ := server(t)
	g.awsCLI, g.agent = "2.31.0", "1.300064.0"
	for _, suffix := range []string{"", ".sig"} {
		files["/awscli-exe-linux-x86_64-2.31.0.zip"+suffix] = files[cliPath+suffix]
		files["/ubuntu/amd64/1.300064.0/amazon-cloudwatch-agent.deb"+suffix] = files[agentPath+suffix]
		delete(files, cliPath+suffix)
		delete(files, agentPath+suffix)
	}
	require.NoError(t, g.gather(t.Context()))
}

func TestTheShellReadsTheBuildScript(t *testing.T) {
	out, err := exec.Command("bash", "-n", "-c", buildScript).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
