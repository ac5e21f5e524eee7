package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Webhooks are HTTPS endpoints of services that call people, such as PagerDuty and Opsgenie. Their URLs hold a token, so
// the section is a secret.
type Webhooks struct {
	PageURLs   []string `json:"pageUrls"`
	TicketURLs []string `json:"ticketUrls"`
}

// webhookURL has no user, port or fragment: no such service needs them.
var webhookURL = regexp.MustCompile(`^https://([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}(/[^\s#]*)?$`)

// maxWebhooks of a topic. SNS allows far more.
const maxWebhooks = 10

var webhookText = Text{Is: "a URL such as https://events.example.com/integration/token", Pattern: webhookURL}

var webhooksRows = []Row{
	{Key: "webhooks.pageUrls", Limit: List{Max: maxWebhooks}},
	{Key: "webhooks.pageUrls[]", Limit: webhookText, Once: "a URL"},
	{Key: "webhooks.ticketUrls", Limit: List{Max: maxWebhooks}},
	{Key: "webhooks.ticketUrls[]", Limit: webhookText, Once: "a URL"},
}

var webhooksRules = []Rule{{
	Keys:  []string{"webhooks.pageUrls", "webhooks.ticketUrls"},
	Says:  "given with --secret",
	check: (*Config).checkWebhooks,
}}

// checkWebhooks refuses a URL that is in the stack file in plain text. A host alone has no token.
func (c *Config) checkWebhooks(p *Problems) {
	if c.IsSecret("webhooks") {
		return
	}
	for key, urls := range map[string][]string{
		"webhooks.pageUrls": c.Webhooks.PageURLs, "webhooks.ticketUrls": c.Webhooks.TicketURLs,
	} {
		for i, text := range urls {
			if u, err := url.Parse(text); err == nil && strings.Trim(u.Path+u.RawQuery, "/") != "" {
				p.Add(key, "(a URL in plain text)", "given with --secret", fmt.Sprintf("the token in the URL lets anyone send "+
					"pages: pulumi config set --secret --path '%s:%s[%d]' <url>", Namespace, key, i))
				break
			}
		}
	}
}
