package search

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// slowLogRole is the role of the name of the group with slow searches.
const slowLogRole = "searchSlow"

var queries = []alarm.Query{{
	Name: "search-slow", Question: "Which searches are slow, and on which index?",
	Groups: []alarm.Dimension{alarm.Of(slowLogRole)},
	Text: `fields @timestamp, @message
| parse @message "took_millis[*], " as milliseconds
| filter ispresent(milliseconds)
| sort milliseconds desc
| limit 50`,
}}
