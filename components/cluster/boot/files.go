package boot

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Folder is where a node has the parts and what they are told.
const Folder = "/usr/local/lib/morpheus-node"

//go:embed parts/*.sh parts/*.jq parts/*.service parts/*.conf
var parts embed.FS

// comment is a line that only says why, or nothing. Nodes get the parts without them: they are half of a limited size. A
// first line that names the shell, or a directive, stays.
var comment = regexp.MustCompile(`(?m)^[ \t]*(#( [^\n]*)?)?\n`)

// File is one file of a node.
type File struct {
	Path        string `json:"path"`
	Permissions string `json:"permissions"` // octal, "0644"
	Content     string `json:"content"`
}

// Files of a node, in the order of their paths.
func Files(n Node) ([]File, error) {
	if err := n.validate(); err != nil {
		return nil, err
	}
	agent, err := n.agent()
	if err != nil {
		return nil, err
	}
	files := []File{
		{Folder + "/node.conf", "0644", shell(n.settings())},
		{Folder + "/steps.tsv", "0644", n.steps()},
		{Folder + "/tools.tsv", "0644", n.tools()},
		{Folder + "/packages.tsv", "0644", table(Packages, func(p Package) []any { return []any{p.Program, p.Name} })},
		{Folder + "/policies.tsv", "0644", table(BrokerPolicies, func(p BrokerPolicy) []any {
			return []any{p.Name, p.Pattern, p.Priority, p.Definition}
		})},
		{Folder + "/agent.json", "0644", agent},
	}
	entries, err := fs.ReadDir(parts, "parts")
	if err != nil {
		return nil, fmt.Errorf("read the parts: %w", err)
	}
	for _, e := range entries {
		content, err := fs.ReadFile(parts, path.Join("parts", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the part %s: %w", e.Name(), err)
		}
		file := File{path.Join(Folder, e.Name()), "0644", comment.ReplaceAllString(string(content), "")}
		if bytes.HasPrefix(content, []byte("#!")) {
			file.Permissions = "0755"
		}
		switch name, kind, _ := strings.Cut(e.Name(), "."); kind {
		case "service":
			file.Path = path.Join("/etc/systemd/system", e.Name())
		case "conf": // added to a unit of the appliance
			file.Path = path.Join("/etc/systemd/system", name+".service.d", "imds.conf")
		}
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// Units of systemd, which a node starts at every start of the machine.
var Units = []string{"morpheus-node-boot.service", "morpheus-node-drain.service"}

// cloudConfig is what cloud-init reads, as gzip. JSON is YAML, and needs no care with what the files contain.
func cloudConfig(files []File) ([]byte, error) {
	document, err := json.Marshal(map[string]any{
		"write_files": files,
		"runcmd": [][]string{
			{"systemctl", "daemon-reload"},
			// Not waited for: cloud-init itself must come to its end.
			append([]string{"systemctl", "enable", "--now", "--no-block"}, Units...),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("write the cloud-config: %w", err)
	}
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if _, err := zip.Write(append([]byte("#cloud-config\n"), document...)); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

// shell assigns the settings, whatever is in them.
func shell(settings map[string]string) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&out, "%s='%s'\n", name, strings.ReplaceAll(settings[name], "'", `'\''`))
	}
	out.WriteString("APT_PROXY=()\n[[ -z $PROXY ]] || APT_PROXY=(-o \"Acquire::http::Proxy=$PROXY\" -o \"Acquire::https::Proxy=$PROXY\")\n")
	return out.String()
}

func (n Node) steps() string {
	return table(Steps, func(s Step) []any {
		locked := 0
		if s.Locked {
			locked = 1
		}
		return []any{s.Name, n.bound(s.Name), locked}
	})
}

func (n Node) tools() string {
	return table(Tools, func(t Tool) []any { return []any{t.Name, t.Path, t.Kind, t.Key, n.ToolSHA256[t.Name]} })
}

// table has a line a row and a tab between its cells.
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
