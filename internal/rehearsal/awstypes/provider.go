package awstypes

// Provider describes how the code of the AWS provider (terraform-provider-aws under pulumi-aws) handles a resource
// type, in addition to the schema in package contract. A path of a property looks like
// "maintenanceWindowStartTime.dayOfWeek"; the elements of a list need no "[]".
type Provider struct {
	// Source is the file of the resource below internal/service of terraform-provider-aws, without ".go".
	Source string
	// Autonamed is the property that Pulumi sets to the logical name, a dash and seven random characters if it is unset;
	// NameLimit is its largest length. pulumi-aws provider/resources.go: AutoName, AutoNameWithMaxLength.
	Autonamed string
	NameLimit int
	// Checks are validators in the code, by path.
	Checks map[string][]Check
	// Replacing are properties whose change replaces the resource, which the schema does not show.
	Replacing []string
	// IgnoringCase are paths of enumerations whose validator ignores case.
	IgnoringCase []string
	// AlsoAccepted are accepted values in addition to the schema's, by path.
	AlsoAccepted map[string][]any
	// Ranges correct the bounds of the schema, by path.
	Ranges map[string]Range
	// WithoutEnum are paths whose enumeration in the schema only has the exceptions of a rule; a check has the rule.
	WithoutEnum []string
	// WithoutMinimum are paths whose smallest length in the schema is wrong.
	WithoutMinimum []string
	// ExactlyOneOf are properties of which exactly one must be given.
	ExactlyOneOf []string
	// ComparedWithState are properties that the provider compares with AWS's state, not with the inputs of the last
	// update.
	ComparedWithState []string
}

// Range is the range of a number.
type Range struct{ Min, Max float64 }
