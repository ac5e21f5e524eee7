package database

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// Roles of the names of the other log groups.
const (
	errorLogRole = "databaseErrors"
	slowLogRole  = "databaseSlow"
)

var queries = []alarm.Query{
	{
		Name: "database-logins", Question: "Whose log-ins does the database refuse, and from where?",
		Groups: []alarm.Dimension{alarm.Of(auditRole)},
		Text: `fields @timestamp, @message
| filter @message like "FAILED_CONNECT"
| parse @message "*,*,*,*,*,*,FAILED_CONNECT,*" as at, instance, user, client, connection, query, rest
| stats count(*) as refused, latest(@timestamp) as last by user, client
| sort refused desc`,
	},
	{
		Name: "database-changes", Question: "Who changed the schema, users or permissions of the database?",
		Groups: []alarm.Dimension{alarm.Of(auditRole)},
		Text: `fields @timestamp, @message
| filter @message like ",QUERY,"
| parse @message "*,*,*,*,*,*,QUERY,*" as at, instance, user, client, connection, query, statement
| display @timestamp, user, client, statement
| sort @timestamp desc
| limit 100`,
	},
	{
		Name: "database-slow", Question: "Which statements are slow?",
		Groups: []alarm.Dimension{alarm.Of(slowLogRole)},
		Text: `fields @timestamp, @message
| parse @message "Query_time: * Lock_time: * Rows_sent: * Rows_examined: *" as seconds, locked, sent, examined
| filter ispresent(seconds)
| sort seconds desc
| limit 50`,
	},
	{
		Name: "database-deadlocks", Question: "Which transactions waited for each other?",
		Groups: []alarm.Dimension{alarm.Of(errorLogRole)},
		Text: `fields @timestamp, @logStream, @message
| filter @message like "deadlock"
| sort @timestamp desc
| limit 50`,
	},
}
