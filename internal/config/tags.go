package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxTags leaves room for the tags of the program and of AWS: a resource has 50.
	maxTags = 40
	// maxTagKey and maxTagValue are AWS's, in characters.
	maxTagKey, maxTagValue = 128, 256
	// WorkTag is the tag of the Auto Scaling group in which the operations command writes what it does there. It comes and
	// goes between two updates, so the provider ignores it: an update that has read it would take it away, in the middle of the work.
	WorkTag = "morpheus:work"
	// nodeTags is the prefix of the tags that the program sets on nodes and reads again.
	nodeTags = "morpheus:"
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

var (
	tagName = Text{
		Is:      "a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefixes aws: and rds:",
		Pattern: tagText, Not: regexp.MustCompile(`^([aA][wW][sS]|[rR][dD][sS]):`), MaxLength: maxTagKey,
	}
	tagValue = Text{
		Is:      "at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:",
		Pattern: tagText, Not: regexp.MustCompile(`^[aA][wW][sS]:`), MaxLength: maxTagValue, Digits: true,
	}
)

var tagsRows = []Row{
	{
		Key:   "tags",
		Limit: Object{Max: maxTags, Names: tagName, Values: tagValue},
		Why:   "AWS allows 50 a resource, and others add theirs",
	},
}

var tagsRules = []Rule{
	{
		Keys:  []string{"tags"},
		Says:  "no key that the program sets, none that differs from another in its case only",
		check: (*Config).checkTagKeys,
	},
	{
		Keys:  []string{"tags"},
		Says:  "no prefix that AWS or the nodes use",
		check: (*Config).checkTagTexts,
	},
}

// DefaultTags of every resource.
func (c *Config) DefaultTags() map[string]string {
	tags := map[string]string{
		"Project":     "morpheus",
		"Stack":       c.Stack,
		"Environment": string(c.Environment),
		"ManagedBy":   "pulumi",
	}
	maps.Copy(tags, c.Tags)
	return tags
}

// ProgramTags are the keys of the tags that the program sets.
func ProgramTags() []string { return slices.Sorted(maps.Keys((&Config{}).DefaultTags())) }

// checkTagKeys refuses keys that IAM takes for one of the program's or for another one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func (c *Config) checkTagKeys(p *Problems) {
	own := ProgramTags()
	folded := map[string]string{}
	for _, k := range own {
		folded[strings.ToLower(k)] = k
	}
	for _, k := range slices.Sorted(maps.Keys(c.Tags)) {
		if slices.Contains(own, k) {
			p.Add("tags", k, "a key other than "+strings.Join(own, ", "),
				"the program sets these, and bills and policies rely on them")
		} else if same, taken := folded[strings.ToLower(k)]; taken {
			p.Add("tags", k, "a key that differs from "+strconv.Quote(same)+" in more than its case",
				"IAM takes both for the same key and refuses the roles")
		}
		folded[strings.ToLower(k)] = k
	}
}

func (c *Config) checkTagTexts(p *Problems) {
	for _, k := range slices.Sorted(maps.Keys(c.Tags)) {
		value, lower := c.Tags[k], strings.ToLower(k)
		switch {
		case strings.HasPrefix(lower, nodeTags) || k != strings.TrimSpace(k):
			p.Add("tags", k, fmt.Sprintf("a key without the prefix %s and without spaces at its ends", nodeTags),
				"the nodes have tags of the program with that prefix")
		case k == "" || !tagName.fits(k):
			p.Add("tags", k, tagName.Is, "")
		case !tagValue.fits(value):
			p.Add("tags."+k, value, tagValue.Is, "")
		}
	}
}
