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

// secretsOf the world, each as it is and as other texts write it.
func secretsOf(w *world) map[string]string {
	known := map[string]string{
		"administrator's password": adminPassword, "database password": databasePassword, "broker password": brokerPassword,
		"search password": searchPassword, "password of the first administrator": setupPassword, "licence": licenseKey,
		"key of the role": roleKey, "token of the role": roleToken,
	}
	if text, err := w.aws.secret("appliance"); err == nil {
		var shared struct {
			Suffix  string `json:"suffix"`
			Secrets string `json:"secrets"` // the text of a file
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

func named(secrets map[string]string, text string) string {
	for secret, name := range secrets {
		if strings.Contains(text, secret) {
			return name
		}
	}
	return ""
}

// watchProcesses looks at the command line and environment of every process, twenty times a second, as anybody on the
// machine can with ps. The nodes' processes are all seen: their process namespaces lie inside the test's.
func watchProcesses(t *testing.T, w *world) {
	t.Helper()
	secrets := secretsOf(w)
	stop, done := make(chan struct{}), make(chan map[string]bool)
	looked := 0
	go func() {
		found := map[string]bool{}
		for {
			for _, kind := range []string{"cmdline", "environ"} {
				paths, _ := filepath.Glob("/proc/[0-9]*/" + kind)
				for _, path := range paths {
					text, err := os.ReadFile(path)
					if err != nil {
						continue // it has ended
					}
					looked++
					if name := named(secrets, strings.ReplaceAll(string(text), "\x00", " ")); name != "" {
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
		assert.Empty(t, <-done, "a secret in the process list is everybody's on the machine")
		assert.Greater(t, looked, 50, "the processes must be there to be looked at")
	})
}

// assertNoLeaks reads what a node wrote: no secret in a log, none in a file that others than root read.
func assertNoLeaks(t *testing.T, n *node) {
	t.Helper()
	secrets, seen := secretsOf(n.w), 0
	check := func(path string, mode fs.FileMode, isLog bool) {
		text, err := os.ReadFile(path)
		if err != nil || len(text) > 4<<20 {
			return
		}
		seen++
		name := named(secrets, string(text))
		if name == "" {
			return
		}
		assert.False(t, isLog, "%s: the log %s has the %s", n.name, path, name)
		assert.Zero(t, mode&0o077, "%s: %s (%v) has the %s", n.name, path, mode, name)
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
	assert.Greater(t, seen, 20, "the files must be there to be looked at")
	readable, err := os.ReadFile(filepath.Join(n.meta, "readable"))
	assert.NoError(t, err)
	assert.Empty(t, string(readable), "%s: what is in memory is root's alone", n.name)
}
