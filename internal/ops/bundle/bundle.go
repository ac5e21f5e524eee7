// Package bundle collects what a person who helps with a stack needs, in one file and without secrets. The values of the
// stack's secrets are read to be removed wherever they appear: what cannot be known cannot be removed, so a secret that
// cannot be read ends the collection.
package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Subject is the stack.
type Subject struct {
	Config  *config.Config
	Account *account.Account
	Outputs stack.Outputs
	// Pulumi runs the CLI.
	Pulumi stack.Run
	// StackFile is the text of Pulumi.<stack>.yaml.
	StackFile []byte
	// Report returns the report of ops validate as JSON.
	Report func(ctx context.Context) ([]byte, error)
	// Now is the present; events and log lines are those of the day before.
	Now time.Time
}

// file of a bundle.
type file struct {
	name string
	text []byte
}

// secretOutputs are the outputs with ARNs of secrets.
const secretOutputs = "SecretArn"

// Write collects and writes a .tar.gz that only its owner can read. The path must not exist. It returns the names of the
// files in it, and for each source that could not be read a line.
func Write(ctx context.Context, s *Subject, path string) (names, problems []string, err error) {
	r := &redactor{}
	if err := s.learn(ctx, r); err != nil {
		return nil, nil, err
	}
	var files []file
	for _, source := range s.sources() {
		value, err := source.read(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			problems = append(problems, r.text(source.name+": "+account.Explain(err)))
			continue
		}
		one := file{name: source.name}
		if text, isText := value.(string); isText {
			one.text = []byte(r.text(text))
		} else if one.text, err = r.json(value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", source.name, err)
		}
		files = append(files, one)
	}
	if len(problems) > 0 {
		files = append(files, file{name: "problems.txt", text: []byte(strings.Join(problems, "\n") + "\n")})
	}
	for _, f := range files {
		if err := r.leak(f.name, f.text); err != nil {
			return nil, nil, err
		}
		names = append(names, f.name)
	}
	packed, err := pack(files, s.Now)
	if err != nil {
		return nil, nil, err
	}
	return names, problems, save(path, packed)
}

// pack returns the files as .tar.gz.
func pack(files []file, now time.Time) ([]byte, error) {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.text)), ModTime: now, Format: tar.FormatPAX}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.text); err != nil {
			return nil, err
		}
	}
	// The ends are written by Close: the bytes are complete only afterwards.
	err := errors.Join(archive.Close(), zip.Close())
	return out.Bytes(), err
}

// save writes a new file, whole or not at all.
func save(path string, text []byte) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	if err := errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// learn reads the secrets of the stack and the values that were given with --secret.
func (s *Subject) learn(ctx context.Context, r *redactor) error {
	var arns []string
	for name, value := range s.Outputs {
		if strings.HasSuffix(name, secretOutputs) {
			arns = append(arns, value)
		}
	}
	if arn := s.Config.Morpheus.SetupSecretArn; arn != "" {
		arns = append(arns, arn)
	}
	slices.Sort(arns)
	for _, arn := range slices.Compact(arns) {
		for _, stage := range []string{"AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"} {
			got, err := s.Account.Secrets().GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
				SecretId: &arn, VersionStage: &stage,
			})
			if account.IsCode(err, "ResourceNotFoundException") { // no such version
				continue
			}
			if err != nil {
				return fmt.Errorf("read %s to remove its value: %w", arn, err)
			}
			r.learn(aws.ToString(got.SecretString))
		}
	}
	return s.learnConfig(ctx, r)
}

// learnConfig asks the CLI for the decrypted values, if the stack's file has some.
func (s *Subject) learnConfig(ctx context.Context, r *redactor) error {
	var parsed struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(s.StackFile, &parsed); err != nil {
		return fmt.Errorf("stack file: %w", err)
	}
	if !bytes.Contains(s.StackFile, []byte("secure:")) {
		return nil
	}
	text, err := s.Pulumi(ctx, "config", "--json", "--show-secrets", "--stack", s.Config.Stack)
	if err != nil {
		return fmt.Errorf("read the values that were given with --secret, to remove them: %w", err)
	}
	var values map[string]struct {
		Value       any
		ObjectValue any
	}
	if err := json.Unmarshal(text, &values); err != nil {
		return errors.New("the Pulumi CLI has printed no JSON for the configuration") // not the text: it has secrets
	}
	for key, written := range parsed.Config {
		known := values[key].ObjectValue
		if known == nil {
			known = values[key].Value
		}
		r.learnSecure(written, known)
	}
	return nil
}

// learnSecure learns the values at the places of a stack file that are encrypted.
func (r *redactor) learnSecure(written, known any) {
	switch w := written.(type) {
	case map[string]any:
		if _, secure := w["secure"]; secure && len(w) == 1 {
			r.learnAll(known)
			return
		}
		values, _ := known.(map[string]any)
		for key, below := range w {
			r.learnSecure(below, values[key])
		}
	case []any:
		values, _ := known.([]any)
		for i, below := range w {
			if i < len(values) {
				r.learnSecure(below, values[i])
			}
		}
	}
}

// versions are those of the program and of the Pulumi CLI.
func (s *Subject) versions(ctx context.Context) (any, error) {
	cli, err := s.Pulumi(ctx, "version")
	out := map[string]any{
		"pulumi": strings.TrimSpace(string(cli)), "morpheus": s.Config.Morpheus.Version,
		"database": s.Config.Database.EngineVersion, "messaging": s.Config.Messaging.EngineVersion,
		"search": s.Config.Search.EngineVersion, "time": s.Now.UTC().Format(time.RFC3339),
	}
	if build, known := debug.ReadBuildInfo(); known {
		out["go"], out["program"] = build.GoVersion, build.Main.Version
		for _, setting := range build.Settings {
			if strings.HasPrefix(setting.Key, "vcs.") {
				out[setting.Key] = setting.Value
			}
		}
	}
	return out, err
}
