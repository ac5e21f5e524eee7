// Package deployerpolicy embeds the managed policies for the roles that preview and deploy, so that a program can
// compare an identity with them.
package deployerpolicy

import "embed"

// Files has preview.json and the four update-*.json.
//
//go:embed preview.json update-*.json
var Files embed.FS
