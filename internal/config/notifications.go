package config

import "regexp"

// Notifications is who is notified of failures and maintenance.
type Notifications struct {
	Emails []string `json:"emails"`
}

var emailAddress = regexp.MustCompile(`^[A-Za-z0-9_%+'&-]+(\.[A-Za-z0-9_%+'&-]+)*@` +
	`([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$`)

var notificationsRows = []Row{
	{Key: "notifications.emails", Limit: List{}},
	{
		Key:   "notifications.emails[]",
		Limit: Text{Is: "an address such as oncall@example.com", Pattern: emailAddress},
		Once:  "an address",
	},
}
