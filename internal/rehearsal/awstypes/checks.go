package awstypes

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// Check is a validator in the provider's code for one value: a string or a float64. It returns the error, or "". It
// never returns the value, which may be a secret. tests/differential compares the checks with the provider.
type Check func(v any) string

// onText returns a Check for a function on texts. Values of other types have been refused before.
func onText(check func(string) string) Check {
	return func(v any) string {
		text, _ := v.(string)
		return check(text)
	}
}

func matches(pattern string) Check {
	re := regexp.MustCompile(pattern)
	return onText(func(s string) string {
		if !re.MatchString(s) {
			return "must match " + pattern
		}
		return ""
	})
}

func never(pattern, what string) Check {
	re := regexp.MustCompile(pattern)
	return onText(func(s string) string {
		if re.MatchString(s) {
			return "cannot " + what
		}
		return ""
	})
}

func network(shortest, longest int) Check {
	return onText(func(s string) string {
		prefix, err := netip.ParsePrefix(s)
		switch {
		case s == "" && shortest == 0:
			return ""
		case err != nil || !prefix.Addr().Is4():
			return "must be an IPv4 range such as 10.0.0.0/16"
		case prefix != prefix.Masked():
			return "must be " + prefix.Masked().String() + ": a range begins at its first address"
		case prefix.Bits() < shortest || prefix.Bits() > longest:
			return fmt.Sprintf("must be a range of /%d to /%d", shortest, longest)
		}
		return ""
	})
}

// isARN is ValidARN of verify/validate.go.
var isARN = matches(`^(arn:aws(-[a-z]+)*:[^:]*:([a-z]{2}(-[a-z]+)+-\d{1,2})?:` +
	`(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})?:.+)?$`)

var isJSON = onText(func(s string) string {
	if !json.Valid([]byte(s)) {
		return "must be JSON"
	}
	return ""
})

// verify/json.go, ValidIAMPolicyJSON.
var isPolicy = onText(func(s string) string {
	if json.Valid([]byte(s)) && strings.HasPrefix(strings.TrimSpace(s), "{") {
		return ""
	}
	return "must be a policy: a JSON object"
})

var isDuration = onText(func(s string) string {
	if _, err := time.ParseDuration(s); err != nil {
		return "must be a duration such as 10m"
	}
	return ""
})
