package boot

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Folder is the folder of the scripts and their input on a node.
const Folder = "/usr/local/lib/morpheus-node"

//go:embed parts/*.sh parts/*.jq parts/*.json parts/*.service parts/*.timer parts/*.conf
var parts embed.FS

// commentLine matches comment lines and empty lines. Nodes do not need them: in the user data they would be half of
// its limited size, and a changed comment in the bundle would replace all nodes. Lines such as "#!/bin/bash" do not
// match.
var commentLine = regexp.MustCompile(`(?m)^[ \t]*(#( [^\n]*)?)?\n`)

// indentation is removed from the user data too. No script of a node depends on it.
var indentation = regexp.MustCompile(`(?m)^[ \t]+`)

// File is one file of a node.
type File struct {
	Path        string `yaml:"path"`
	Permissions string `yaml:"permissions"` // octal, "0644"
	Content     string `yaml:"content"`
}

// loading are the parts in the user data, with their paths on a node; empty for Folder. They run before the bundle is
// loaded or without it: until then a boot must be able to report a failure, and the drain is a program of its own. All
// other parts are in the bundle.
var loading = []struct{ name, path string }{
	{name: "common.sh"},
	{name: "aws.sh"},
	{name: "load.sh"},
	{name: "diagnostics.sh"},
	{name: "redact.jq"},
	{name: "boot.sh"},
	{name: "drain.sh"},
	{name: "morpheus-node-boot.service", path: "/etc/systemd/system/morpheus-node-boot.service"},
	{name: "morpheus-node-drain.service", path: "/etc/systemd/system/morpheus-node-drain.service"},
	{name: "morpheus-runsvdir.conf", path: "/etc/systemd/system/morpheus-runsvdir.service.d/imds.conf"},
	// Before the first apt run of a node.
	{name: "needrestart.conf", path: "/etc/needrestart/conf.d/morpheus-node.conf"},
	{name: "apt.conf", path: "/etc/apt/apt.conf.d/99-morpheus-node"},
}

// Files returns the files in the user data of a node, sorted by path. It returns an error when a value of n is missing
// or invalid.
func Files(n Node) ([]File, error) {
	if err := n.validate(); err != nil {
		return nil, err
	}
	agent, err := n.agentConfig()
	if err != nil {
		return nil, err
	}
	settings := n.settings()
	settings["FILES_SHA256"] = digest(Bundle(n.Extras))
	files := []File{
		input("node.conf", shellAssignments(settings)),
		input("steps.tsv", n.stepTable()),
		input("tools.tsv", n.toolTable()),
		input("agent.json", agent),
	}
	for _, p := range loading {
		content := part(p.name)
		file := input(p.name, indentation.ReplaceAllString(commentLine.ReplaceAllString(content, ""), ""))
		if strings.HasPrefix(content, "#!") {
			file.Permissions = "0755"
		}
		file.Path = cmp.Or(p.path, file.Path)
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// part returns the text of an embedded file. A missing file is a programming error.
func part(name string) string {
	text, err := parts.ReadFile(path.Join("parts", name))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// input returns a file in Folder that only root may change.
func input(name, content string) File {
	return File{Path: path.Join(Folder, name), Permissions: "0644", Content: content}
}

// Units are the systemd units that run at every start of the machine.
var Units = []string{"morpheus-node-boot.service", "morpheus-node-drain.service"}

// smallest is the order of the files in which gzip makes the smallest user data: it finds repetitions within 32 KiB
// only. Files that are not listed come last. Any order works.
var smallest = []string{
	"steps.tsv", "redact.jq", "imds.conf", "tools.tsv", "node.conf", "morpheus-node-boot.service", "load.sh", "boot.sh",
	"diagnostics.sh", "aws.sh", "morpheus-node-drain.service", "drain.sh", "agent.json", "common.sh",
}

func rank(f File) int {
	if i := slices.Index(smallest, path.Base(f.Path)); i >= 0 {
		return i
	}
	return len(smallest)
}

// cloudConfig returns cloud-init's configuration as gzip. Every content ends with a line end. It is YAML in literal
// blocks, because the user data is limited: JSON escapes every quote and line end.
func cloudConfig(files []File) ([]byte, error) {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b File) int { return rank(a) - rank(b) })
	var text bytes.Buffer
	text.WriteString("#cloud-config\nwrite_files:\n")
	for _, f := range files {
		// Literal blocks, indented by 2 and kept with all line ends; an encoder indents them by 6.
		fmt.Fprintf(&text, "-\n path: %s\n permissions: %q\n content: |1+\n", f.Path, f.Permissions)
		for line := range strings.Lines(f.Content) {
			text.WriteString("  " + line)
		}
	}
	// --no-block, because the units run longer than cloud-init should.
	fmt.Fprintf(&text, "runcmd:\n- [systemctl, daemon-reload]\n- [systemctl, enable, --now, --no-block, %s]\n",
		strings.Join(Units, ", "))
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if _, err := zip.Write(text.Bytes()); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

// shellAssignments returns shell code that assigns the settings, quoted.
func shellAssignments(settings map[string]string) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&out, "%s='%s'\n", name, strings.ReplaceAll(settings[name], "'", `'\''`))
	}
	out.WriteString("APT_PROXY=()\n[[ -z $PROXY ]] || " +
		"APT_PROXY=(-o \"Acquire::http::Proxy=$PROXY\" -o \"Acquire::https::Proxy=$PROXY\")\n")
	return out.String()
}

func (n Node) stepTable() string {
	return table(Steps, func(s Step) []any {
		locked := 0
		if s.Locked {
			locked = 1
		}
		return []any{s.Name, n.timeLimit(s.Name), locked}
	})
}

func (n Node) toolTable() string {
	return table(Tools, func(t Tool) []any { return []any{t.Name, t.Path, t.Kind, t.Key, n.ToolSHA256[t.Name]} })
}

// table returns one line per row, with tabs between the cells. Empty cells at the end of a row are left out.
func table[R any](rows []R, cells func(R) []any) string {
	var out strings.Builder
	for _, row := range rows {
		out.WriteString(strings.TrimSuffix(strings.Join(texts(cells(row)), "\t"), "\t") + "\n")
	}
	return out.String()
}

func texts(cells []any) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = fmt.Sprint(c)
	}
	return out
}
