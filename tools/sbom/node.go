package main

import (
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// node is what a boot installs on a node, from the lists that the boot has. Checksums and the release are those of a
// stack; without one they are left out. The image is the stack's choice and is not described.
func node(c *config.Config) bom {
	out := bom{Format: "CycloneDX", Spec: "1.6", Version: 1}
	out.Metadata.Component = &component{Ref: "node", Type: "platform", Name: "morpheus-aws/node"}
	sums := map[string]string{}
	if c != nil {
		sums = c.NodeTools.Checksums()
		out.Metadata.Component.Version = c.Morpheus.Version
		out.Components = append(out.Components, download("morpheus-appliance", c.Morpheus.Version, c.Morpheus.PackageURL,
			c.Morpheus.PackageSHA256))
		if c.Morpheus.SupplementalURL != "" {
			out.Components = append(out.Components, download("morpheus-appliance-supplemental", c.Morpheus.Version,
				c.Morpheus.SupplementalURL, c.Morpheus.SupplementalSHA256))
		}
	}
	for _, tool := range boot.Tools {
		kind := "application"
		if tool.Kind == "pem" {
			kind = "data"
		}
		made := component{
			Ref: "tool:" + tool.Name, Type: kind, Name: tool.Name, Properties: []property{
				{"morpheus:source", tool.Source}, {"morpheus:object", tool.Key}, {"morpheus:lowest-version", tool.Version},
			},
		}
		if at := strings.Index(tool.Source, "https://"); at >= 0 {
			url, _, _ := strings.Cut(tool.Source[at:], ",")
			made.References = []reference{{"distribution", url}}
		}
		made.Hashes = sha256(sums[tool.Name])
		out.Components = append(out.Components, made)
	}
	for _, p := range boot.Packages {
		out.Components = append(out.Components, component{
			Ref: "deb:" + p.Name, Type: "library", Name: p.Name, PURL: fmt.Sprintf("pkg:deb/ubuntu/%s", p.Name),
			Properties: []property{
				{"morpheus:source", "the distribution's archive, whose signature APT verifies; installed if the image has no " + p.Program},
			},
		})
	}
	return out
}

func download(name, version, url, sum string) component {
	return component{
		Ref: "package:" + name, Type: "application", Name: name, Version: version, Hashes: sha256(sum),
		References: []reference{{"distribution", url}},
	}
}

func sha256(sum string) []hash {
	if sum == "" {
		return nil
	}
	return []hash{{"SHA-256", sum}}
}
