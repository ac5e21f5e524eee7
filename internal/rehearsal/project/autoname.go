package project

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// autonamingKey is the setting of Pulumi.yaml with the patterns of physical names.
const autonamingKey = "pulumi:autonaming"

// random is an expression of random characters in a pattern, such as ${hex(6)}.
var random = regexp.MustCompile(`\$\{(?:hex|alphanum)\((\d+)\)\}`)

// Autoname returns the physical name that the engine proposes for a resource; empty without a pattern. The random part
// depends on seed.
func (p Project) Autoname(stack, token, name string, seed []byte) string {
	pattern := p.pattern(token)
	made := strings.NewReplacer("${project}", string(p.Name), "${stack}", stack, "${name}", name).Replace(pattern)
	sum := sha256.Sum256(append([]byte(token+name), seed...))
	digits := hex.EncodeToString(sum[:])
	return random.ReplaceAllStringFunc(made, func(expression string) string {
		n, err := strconv.Atoi(random.FindStringSubmatch(expression)[1])
		if err != nil || n > len(digits) {
			return digits
		}
		return digits[:n]
	})
}

// pattern returns the pattern of a type: its own, or that of all types.
func (p Project) pattern(token string) string {
	settings, _ := p.Config[autonamingKey].Value.(map[string]any)
	pattern, _ := settings["pattern"].(string)
	of := settings
	pkg, _, _ := strings.Cut(token, ":")
	for _, name := range []string{"providers", pkg, "resources", token} {
		below, ok := of[name].(map[string]any)
		if !ok {
			return pattern
		}
		of = below
	}
	if own, ok := of["pattern"].(string); ok {
		return own
	}
	return pattern
}
