package boot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
)

// endOfFile ends the content of a file in the bundle. No file may contain it as a line.
const endOfFile = "=== end of file ==="

// Extras are what a stack adds to its nodes. They must not contain secrets: everyone who may read the stack's state can
// read them.
type Extras struct {
	// Configuration are lines for morpheus.rb, after those of the boot.
	Configuration string
	// TrustedCertificates are certificates as PEM that the appliance trusts.
	TrustedCertificates string
	// Packages are names of packages of the distribution's archive.
	Packages []string
}

// noProgram in packages.tsv stands for a package that dpkg is asked about.
const noProgram = "-"

// Bundled returns the files of a node that are not in its user data, because that is limited. Apart from the extras
// they are the same for all stacks. The result is sorted by path.
func Bundled(extras Extras) []File {
	packages := slices.Clone(Packages)
	for _, name := range extras.Packages {
		packages = append(packages, Package{Program: noProgram, Name: name})
	}
	files := []File{
		input("packages.tsv", table(packages, func(p Package) []any { return []any{p.Program, p.Name} })),
		input("policies.tsv", table(BrokerPolicies, func(p BrokerPolicy) []any {
			return []any{p.Name, p.Pattern, p.Priority, p.ApplyTo, p.Definition}
		})),
	}
	entries, err := parts.ReadDir("parts")
	if err != nil {
		panic(err) // the files are embedded
	}
	for _, e := range entries {
		if !slices.ContainsFunc(loading, func(p struct{ name, path string }) bool { return p.name == e.Name() }) {
			files = append(files, input(e.Name(), commentLine.ReplaceAllString(part(e.Name()), "")))
		}
	}
	for name, content := range map[string]string{
		"extra.rb": extras.Configuration, "trusted.pem": extras.TrustedCertificates,
	} {
		if content != "" {
			files = append(files, input(name, strings.TrimRight(content, "\n")+"\n"))
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// Bundle returns the object that every node loads: a shell script that writes the files of Bundled to the folder in its
// first argument. It is text, so that a preview and a reader of the object see what changes on the nodes.
func Bundle(extras Extras) string {
	var out strings.Builder
	out.WriteString("# Files of a Morpheus node. Usage: bash -eu <this file> <folder>\n")
	for _, f := range Bundled(extras) {
		fmt.Fprintf(&out, "cat >\"$1/%s\" <<'%s'\n%s%s\n", path.Base(f.Path), endOfFile, f.Content, endOfFile)
	}
	return out.String()
}

// BundleKey returns the object's key. It contains the digest, so that a node of a former launch template version finds
// the files of that version.
func BundleKey(extras Extras) string { return BundleFolder + digest(Bundle(extras)) + ".sh" }

// BundleFolder is the beginning of the key of every bundle.
const BundleFolder = "boot/"

// digest returns the SHA-256 of a text as hexadecimal digits.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
