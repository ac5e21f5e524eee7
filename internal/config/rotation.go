package config

// Rotation has a number for each password that the program makes; another number makes another password.
type Rotation struct {
	DatabaseUser          int `json:"databaseUser"`
	DatabaseAdministrator int `json:"databaseAdministrator"`
	Messaging             int `json:"messaging"`
	Search                int `json:"search"`
}

const whyRotation = "it is counted up for each new password"

var rotationRows = []Row{
	{Key: "rotation.databaseUser", Limit: Range{Min: 1}, Why: whyRotation},
	{Key: "rotation.databaseAdministrator", Limit: Range{Min: 1}, Why: whyRotation},
	{Key: "rotation.messaging", Limit: Range{Min: 1}, Why: whyRotation},
	{Key: "rotation.search", Limit: Range{Min: 1}, Why: whyRotation},
}

var rotationRules = []Rule{
	{
		Keys:  []string{"rotation.databaseAdministrator"},
		Needs: []string{"database.administratorSecret"},
		Says:  "1 while database.administratorSecret is managed",
		check: (*Config).checkAdministratorRotation,
	},
}

func (c *Config) checkAdministratorRotation(p *Problems) {
	rotation := c.Rotation.DatabaseAdministrator
	if rotation > 1 && c.Database.AdministratorSecret == AdministratorManaged {
		p.Add("rotation.databaseAdministrator", rotation, "1 while database.administratorSecret is managed",
			"RDS rotates that password itself")
	}
}
