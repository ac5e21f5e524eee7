// Command vulnerabilities reports the known vulnerabilities in packages that the program and its tools import. It runs
// govulncheck with a pinned snapshot of Go's vulnerability database, which the Go module proxy serves. A vulnerability
// that is not in exceptions.go, and an exception that has ended or is not needed, is an error.
//
// Whether a function is reached takes minutes for each module, so an imported package counts.
//
//	go run ./tools/vulnerabilities -govulncheck tools/bin/govulncheck-v1.9.0
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Snapshot of the database, as a module. To update it, look for a newer one with
// `go list -m golang.org/x/vulndb@latest`; the error of the next run has its checksum.
const (
	database    = "golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018"
	databaseSum = "h1:mfngRv0Yoh0VApsXKEN82CjD99kl7mtparN3bs3JnqI="
)

// maxAge is the age of the snapshot from which on the check warns.
const maxAge = 90 * 24 * time.Hour

// scan is a part of the repository that is looked at.
type scan struct {
	// Folder of the module, and packages in it.
	Folder, Packages string
}

// scans are all modules whose code runs here. For tools/awsprovider see the exception of the whole module.
var scans = []scan{
	{Folder: ".", Packages: "./..."},
	{Folder: "tools/pulumi", Packages: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
	{Folder: "tools/golangci-lint", Packages: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint"},
	{Folder: "tools/govulncheck", Packages: "golang.org/x/vuln/cmd/govulncheck"},
	{Folder: "tools/actionlint", Packages: "github.com/rhysd/actionlint/cmd/actionlint"},
	{Folder: "tools/cyclonedx-gomod", Packages: "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod"},
}

func main() {
	binary := flag.String("govulncheck", "", "`path` of govulncheck")
	flag.Parse()
	if err := check(context.Background(), *binary, time.Now(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "vulnerabilities:", err)
		os.Exit(1)
	}
}

// check scans everything and reports to out.
func check(ctx context.Context, binary string, now time.Time, out io.Writer) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	folder, err := fetch(ctx)
	if err != nil {
		return err
	}
	_, version, _ := strings.Cut(database, "@")
	made, err := madeAt(version)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "vulnerabilities: the database is of %s\n", made.Format(time.DateOnly))
	if age := now.Sub(made); age > maxAge {
		fmt.Fprintf(out, "warning: the database is %d days old; update it in tools/vulnerabilities/main.go\n",
			int(age.Hours()/24))
	}
	var found []finding
	for _, s := range scans {
		began := time.Now()
		imported, err := run(ctx, binary, folder, s)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "vulnerabilities: %s: %d in imported packages (%d s)\n",
			s.Folder, len(imported), int(time.Since(began).Seconds()))
		found = append(found, imported...)
	}
	return judge(found, exceptions, now, out)
}

// fetch downloads the snapshot, compares its checksum and returns the folder with its entries.
func fetch(ctx context.Context) (string, error) {
	text, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", database).Output()
	if err != nil {
		return "", fmt.Errorf("download %s: %w: %s", database, err, text)
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(text, &module); err != nil {
		return "", fmt.Errorf("download %s: %w", database, err)
	}
	if module.Sum != databaseSum {
		return "", fmt.Errorf("%s has the checksum %s, not %s", database, module.Sum, databaseSum)
	}
	return filepath.Join(module.Dir, "data", "osv"), nil
}

// madeAt is the time in the pseudo-version of a module.
func madeAt(version string) (time.Time, error) {
	parts := strings.Split(version, "-")
	if len(parts) != 3 {
		return time.Time{}, fmt.Errorf("%s is no pseudo-version", version)
	}
	return time.Parse("20060102150405", parts[1])
}

// run scans one module.
func run(ctx context.Context, binary, database string, s scan) ([]finding, error) {
	// #nosec G204 -- the arguments are constants and a flag
	command := exec.CommandContext(ctx, binary, "-db", "file://"+database, "-scan", "package",
		"-format", "json", s.Packages)
	command.Dir = s.Folder
	var failed bytes.Buffer
	command.Stderr = &failed
	text, err := command.Output()
	var status *exec.ExitError
	if err != nil && (!errors.As(err, &status) || failed.Len() > 0) {
		return nil, fmt.Errorf("scan %s: %w: %s", s.Folder, err, failed.String())
	}
	return read(s.Folder, bytes.NewReader(text))
}
