package boot_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// secretsOf returns the names of all secrets, by value and by each encoding of the value.
func secretsOf(w *world) map[string]string {
	known := map[string]string{
		"database administrator's password": adminPassword, "database password": databasePassword,
		"broker password": brokerPassword, "search password": searchPassword,
		"first administrator's password": setupPassword, "licence": licenseKey,
		"secret key of the role": roleKey, "session token of the role": roleToken,
	}
	if text, err := w.aws.secret("appliance"); err == nil {
		var shared struct {
			Suffix  string `json:"suffix"`
			Secrets string `json:"secrets"` // the text of morpheus-secrets.json
		}
		if json.Unmarshal([]byte(text), &shared) == nil {
			known["encryption suffix"] = shared.Suffix
			var parts map[string]map[string]string
			_ = json.Unmarshal([]byte(shared.Secrets), &parts)
			for part, values := range parts {
				for name, value := range values {
					known[part+" "+name] = value
				}
			}
		}
	}
	out := map[string]string{}
	for name, secret := range known {
		if secret == "" {
			continue
		}
		quoted, _ := json.Marshal(secret)
		for _, text := range []string{
			secret, strings.Trim(string(quoted), `"`), sqlText(secret), url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), strings.ReplaceAll(secret, `\`, `\\`),
		} {
			out[text] = name
		}
	}
	return out
}

// findSecret returns the name of a secret that the text contains; empty if there is none.
func findSecret(secrets map[string]string, text string) string {
	for secret, name := range secrets {
		if strings.Contains(text, secret) {
			return name
		}
	}
	return ""
}

// watchProcesses reads command line and environment of every process twenty times a second and fails the test when
// it finds a secret. It sees all processes of the nodes, because their process namespaces are inside the test's.
func watchProcesses(t *testing.T, w *world) {
	t.Helper()
	secrets := secretsOf(w)
	stop, done := make(chan struct{}), make(chan map[string]bool)
	filesRead := 0
	go func() {
		found := map[string]bool{}
		for {
			for _, kind := range []string{"cmdline", "environ"} {
				paths, _ := filepath.Glob("/proc/[0-9]*/" + kind)
				for _, path := range paths {
					text, err := os.ReadFile(path)
					if err != nil {
						continue // the process has ended
					}
					filesRead++
					if name := findSecret(secrets, strings.ReplaceAll(string(text), "\x00", " ")); name != "" {
						found[fmt.Sprintf("%s in %s of %.40q", name, kind, text)] = true
					}
				}
			}
			select {
			case <-stop:
				done <- found
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		assert.Empty(t, <-done, "every user of the machine can read the process list")
		assert.Greater(t, filesRead, 50, "the check must have seen processes")
	})
}

// assertNoLeaks reads all files that a node wrote: no log and no file readable for others than root may have a secret.
func assertNoLeaks(t *testing.T, n *node) {
	t.Helper()
	secrets, filesRead := secretsOf(n.w), 0
	check := func(path string, mode fs.FileMode, isLog bool) {
		text, err := os.ReadFile(path)
		if err != nil || len(text) > 4<<20 {
			return
		}
		filesRead++
		name := findSecret(secrets, string(text))
		if name == "" {
			return
		}
		assert.False(t, isLog, "%s: the log %s contains the %s", n.name, path, name)
		assert.Zero(t, mode&0o077, "%s: %s (%v) contains the %s", n.name, path, mode, name)
	}
	for _, root := range []string{filepath.Join(n.dir, "upper"), filepath.Join(n.shared, "shared")} {
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil
			}
			info, err := entry.Info()
			if err == nil {
				check(path, info.Mode(), strings.Contains(path, "/var/log/"))
			}
			return nil
		})
	}
	for _, name := range []string{"console", "drain.out", "machine"} {
		check(filepath.Join(n.meta, name), 0, true)
	}
	assert.Greater(t, filesRead, 20, "the check must have read files")
	readable, err := os.ReadFile(filepath.Join(n.meta, "readable"))
	assert.NoError(t, err)
	assert.Empty(t, string(readable), "%s: files in memory must be readable for root only", n.name)
}
