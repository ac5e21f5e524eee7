// Package backups has the type in which tiers declare what of them is backed up and how it is restored, as data: the
// backup component makes its selections from it, and the documentation its table.
package backups

// Part is something of a tier that somebody would miss.
type Part struct {
	// What it is, such as "rows".
	What string
	// Service is AWS Backup's name of the resource type, such as Aurora; empty for what AWS Backup does not take.
	Service string
	// Role names the output with the resource's ARN; empty without Service.
	Role string
	// MustOptIn is true for a service that AWS Backup skips in an account that has not opted in, even if the ARN is
	// selected.
	MustOptIn bool
	// Besides is who else keeps copies of it; empty for nobody.
	Besides string
	// WhyNot is why AWS Backup does not take it; empty with Service.
	WhyNot string
	// Restore is how it comes back: the first step and where the others are.
	Restore string
	// Source is the page that says what the service backs up.
	Source string
}

// Tier is what one tier declares.
type Tier struct {
	Name  string
	Parts []Part
}

// Protected returns the parts that AWS Backup takes.
func Protected(tiers []Tier) []Part {
	var out []Part
	for _, tier := range tiers {
		for _, part := range tier.Parts {
			if part.Service != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
