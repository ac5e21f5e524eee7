package awstypes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// queryCommands are those of Logs Insights that a saved query may have.
var queryCommands = []string{"fields", "filter", "stats", "sort", "limit", "parse", "display", "dedup"}

// queryNames are the names that a query defines with "as" or in a group of an expression.
var queryNames = regexp.MustCompile(`\bas ([A-Za-z_][A-Za-z0-9_, ]*)|\?<([a-z]+)>`)

func queryDefinition() Type {
	return Type{
		Token: awstoken.LogQueryDefinition,
		Simulation: Simulation{
			ID: "{uuid}", Unique: "name",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{{
				Path: "logGroupNames[]", To: []string{awstoken.LogGroup}, By: "name", NotFound: "ResourceNotFoundException",
			}},
			Rules: []Rule{{
				Name: "query-string", AWS: Quiet,
				Refuses: "a command that Logs Insights does not have; a sort or a group by a name that nothing defines",
				Source:  docs + "AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html",
				Check:   queryString,
			}},
			Outputs: func(c *Call) { c.State["queryDefinitionId"] = c.ID },
		},
		Provider: Provider{
			Source: "logs/query_definition", Autonamed: "name", NameLimit: 255,
			Checks: map[string][]Check{"name": {matches(`^([^:*/]+/?)*[^:*/]+$`)}},
		},
		Permissions: &Permissions{
			Read:  actions("logs: DescribeQueryDefinitions"),
			Write: actions("logs: PutQueryDefinition DeleteQueryDefinition"),
		},
		NotListed: "moto has none; the layer keeps them",
		Example: Values{
			"name": "app/errors", "logGroupNames": []any{"${logs.name}"},
			"queryString": "fields @timestamp, @message\n| filter @message like \"ERROR\"\n| sort @timestamp desc\n| limit 20",
		},
	}
}

// queryString refuses what the console shows only when somebody runs the query.
func queryString(c *Call) error {
	text := c.Text("queryString")
	known := []string{"desc", "asc", "action", "bytes", "srcAddr", "dstAddr", "dstPort"} // the last are fields of flow logs
	for _, m := range queryNames.FindAllStringSubmatch(text, -1) {
		separates := func(r rune) bool { return r == ',' || r == ' ' }
		known = append(known, strings.FieldsFunc(m[1]+","+m[2], separates)...)
	}
	for line := range strings.SplitSeq(text, "\n") {
		command, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "| "), " ")
		if !slices.Contains(queryCommands, command) {
			return fmt.Errorf("MalformedQueryException: unexpected symbol found %s", command)
		}
		if command == "stats" {
			_, rest, _ = strings.Cut(rest, " by ")
		} else if command != "sort" {
			continue
		}
		for _, name := range strings.FieldsFunc(rest, func(r rune) bool { return r == ',' || r == ' ' }) {
			if !strings.HasPrefix(name, "@") && !slices.Contains(known, name) {
				return fmt.Errorf("the query has no results: nothing defines %s", name)
			}
		}
	}
	return nil
}
