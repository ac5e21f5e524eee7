package review

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// escapes keep a value from being Markdown, HTML, a cell of its own or a mention of a user.
var escapes = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "`", "'", "@", "&#64;", "\n", " ", "\r", " ")

// text returns a message for a line of Markdown. Emphasis of this package stays.
func text(message string) string { return escapes.Replace(message) }

// code returns a value as inline code.
func code(value string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "|", `\|`).Replace(value) + "`"
}

func codes(values []string) []string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = code(value)
	}
	return out
}

// fenced returns a block of code. Its fence is longer than any in the text.
func fenced(language, body string) string {
	fence := "```"
	for strings.Contains(body, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(body, "\n") + "\n" + fence + "\n\n"
}

// list returns lines below a title; empty without lines.
func list(title string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	more := ""
	if len(lines) > maxMessages {
		more = fmt.Sprintf("- and %d more\n", len(lines)-maxMessages)
		lines = lines[:maxMessages]
	}
	return "**" + title + "**\n\n- " + strings.Join(lines, "\n- ") + "\n" + more + "\n"
}

// limited returns messages as lines of bounded number and length.
func limited(messages []string) string {
	var out strings.Builder
	for i, message := range messages {
		if i == maxMessages {
			fmt.Fprintf(&out, "and %d more: see the preview's own output\n", len(messages)-maxMessages)
			break
		}
		out.WriteString(cut(message, maxMessage) + "\n")
	}
	return out.String()
}

// cut shortens a text to a number of bytes, at the end of a character.
func cut(message string, limit int) string {
	if len(message) <= limit {
		return message
	}
	for limit > 0 && !utf8.RuneStart(message[limit]) {
		limit--
	}
	return message[:limit] + "..."
}

// signs are those of `pulumi preview`.
var signs = map[string]string{
	"create": "+ ", "update": "~ ", "delete": "- ", "replace": "+-", "create-replacement": "++", "delete-replaced": "--",
	"import": "= ", "discard": "< ",
}

// folded returns the full preview in a folded section of at most that many bytes. What does not fit is counted.
func folded(result *rehearsal.Result, room int) string {
	if len(result.Changes) == 0 {
		return ""
	}
	head := fmt.Sprintf("<details><summary>Full preview: %d changes</summary>\n\n", len(result.Changes))
	const foot, reserve = "</details>\n", 200
	var body strings.Builder
	left := 0
	planned := slices.SortedFunc(slices.Values(result.Changes), func(a, b rehearsal.Change) int {
		return cmp.Or(cmp.Compare(a.Tier(), b.Tier()), cmp.Compare(name(a), name(b)), cmp.Compare(a.Op, b.Op))
	})
	for i, c := range planned {
		part := described(c)
		if len(head)+body.Len()+len(part)+len(foot)+reserve > room {
			left = len(planned) - i
			break
		}
		body.WriteString(part)
	}
	if left > 0 {
		fmt.Fprintf(&body, "# %d more changes do not fit into a comment: see the preview's own output\n", left)
	}
	return head + fenced("diff", body.String()) + foot
}

func name(c rehearsal.Change) string { return resource.URN(c.URN).Name() }

// described returns the lines of one change. A block of the kind diff colours lines by their first character, so the
// sign stands first.
func described(c rehearsal.Change) string {
	var out strings.Builder
	sign := signs[string(c.Op)]
	if sign == "" {
		sign = "? "
	}
	if sign == "~ " {
		sign = "! " // the colour of a change
	}
	fmt.Fprintf(&out, "%s %s %s %s\n", sign, c.Op, c.Type, name(c))
	if c.Op != "create" && c.Op != "delete" {
		for _, property := range c.Properties {
			fmt.Fprintf(&out, "      %s: %s -> %s\n", property, shown(c.Old, property), shown(c.New, property))
		}
	}
	return out.String()
}

// longest is the number of characters of a value that is shown as it is.
const longest = 80

// hidden are the parts of property names whose values are never shown, even if the program had forgotten to mark them
// as secret.
var hidden = []string{"password", "secretstring", "secretbinary", "userdata", "token", "privatekey"}

// shown returns a value for the diff. Long texts and objects are only counted.
func shown(inputs map[string]any, property string) string {
	lower := strings.ToLower(property)
	if slices.ContainsFunc(hidden, func(part string) bool { return strings.Contains(lower, part) }) {
		return "[hidden]"
	}
	path, err := resource.ParsePropertyPath(property)
	if err != nil {
		return "?"
	}
	var value any = inputs
	for _, step := range path {
		switch at := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[at]
		case int:
			items, _ := value.([]any)
			if at < 0 || at >= len(items) {
				return "none"
			}
			value = items[at]
		}
	}
	return short(value)
}

// unknown stands in a preview for a value that is not known yet.
// https://github.com/pulumi/pulumi/blob/v3.245.0/sdk/go/common/resource/plugin/rpc.go
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

func short(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case string:
		if n := utf8.RuneCountInString(v); n > longest || strings.Contains(v, "\n") {
			return fmt.Sprintf("(text of %d characters)", n)
		}
	}
	encoded, err := json.Marshal(value)
	switch {
	case err != nil:
		return "?"
	case len(encoded) > longest:
		return fmt.Sprintf("(%d bytes)", len(encoded))
	}
	return strings.ReplaceAll(string(encoded), unknown, "known after the update")
}
