package config

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxExtraConfig and maxCertificates are lengths in bytes that keep the object with the files of the nodes small.
const maxExtraConfig, maxCertificates = 4096, 65536

var (
	// extraLine is a comment, an empty line, or a setting with its section and key as groups.
	extraLine = regexp.MustCompile(`^\s*(?:#.*|([a-z_]+)\[['"]([a-z0-9_]+)['"]\](?:\[['"][a-z0-9_]+['"]\])*\s*=\s*\S.*)?$`)
	// extraLines and pemCertificates are what a pattern can say of the two keys.
	extraLines      = regexp.MustCompile(`^(\s*(#.*|[a-z_]+\[.*)?\n?)*$`)
	pemCertificates = regexp.MustCompile(`^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]*-----END CERTIFICATE-----\s*$`)
	// secretText is what a secret in morpheus.rb looks like.
	secretText = regexp.MustCompile(`(?i)password|passwd|secret|token|ENC[({]`)
)

// OwnSettings are the settings of morpheus.rb that the program writes, by section. A test compares them with the
// program's template.
var OwnSettings = map[string][]string{
	"app":   {"encryption_key_suffix"},
	"mysql": {"enable", "host", "use_tls", "max_active", "morpheus_db", "morpheus_db_user", "morpheus_password"},
	"rabbitmq": {
		"enable", "host", "port", "use_tls", "vhost", "queue_user", "queue_user_password", "heartbeat",
	},
	"elasticsearch": searchSettings, "opensearch": searchSettings,
	"bitcan": {"backup_directory"}, "user": {"uid", "gid"}, "guacd": {"uid", "gid"},
}

var searchSettings = []string{
	"enable", "cluster", "es_hosts", "use_tls", "replica_count", "auth_user", "auth_password",
}

func (c *Config) checkExtraConfig(p *Problems) {
	const key = "morpheus.extraConfig"
	text := c.Morpheus.ExtraConfig
	if len(text) > maxExtraConfig {
		p.Add(key, fmt.Sprintf("%d bytes", len(text)), fmt.Sprintf("at most %d bytes", maxExtraConfig), "")
		return
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		match := extraLine.FindStringSubmatch(line)
		switch {
		case secretText.MatchString(line):
			p.Add(key, "a line with a password", "lines without passwords and secrets",
				"the lines are in the stack's state and readable for everyone who may read it")
		case match == nil:
			p.Add(key, line, "lines such as section['key'] = value, each complete in one line", "")
		case slices.Contains(OwnSettings[match[1]], match[2]):
			p.Add(key, line, "settings that the program does not write",
				"the nodes need the program's value of "+match[1]+"['"+match[2]+"']")
		}
	}
}

func (c *Config) checkTrustedCertificates(p *Problems) {
	const key = "morpheus.trustedCertificates"
	rest := []byte(c.Morpheus.TrustedCertificates)
	if len(rest) > maxCertificates {
		p.Add(key, fmt.Sprintf("%d bytes", len(rest)), fmt.Sprintf("at most %d bytes", maxCertificates), "")
		return
	}
	for n := 1; len(bytes.TrimSpace(rest)) > 0; n++ {
		block, more := pem.Decode(rest)
		if block == nil || block.Type != "CERTIFICATE" {
			p.Add(key, fmt.Sprintf("something else at block %d", n), "certificates as PEM and nothing else",
				"a private key does not belong here")
			return
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			p.Add(key, fmt.Sprintf("block %d", n), "certificates as PEM", err.Error())
			return
		}
		rest = more
	}
}
