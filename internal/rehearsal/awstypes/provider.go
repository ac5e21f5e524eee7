package awstypes

// Provider is what the code of the AWS provider (terraform-provider-aws under pulumi-aws) does with a resource type,
// where the schema in package contract does not say it. Paths of properties are such as
// "maintenanceWindowStartTime.dayOfWeek"; the elements of a list need no "[]".
type Provider struct {
	// Source is the file of the resource below internal/service of terraform-provider-aws, without ".go".
	Source string
	// Autonamed is the property that Pulumi fills with the logical name, a dash and seven random characters when it is
	// not given; NameLimit is its largest length. pulumi-aws provider/resources.go: AutoName, AutoNameWithMaxLength.
	Autonamed string
	NameLimit int
	// Checks are validators in the code, by path.
	Checks map[string][]Check
	// Replacing are properties whose change replaces the resource although the schema does not say so.
	Replacing []string
	// IgnoringCase are paths of enumerations whose validator ignores case.
	IgnoringCase []string
	// AlsoAccepted are values that are accepted beside those of the schema, by path.
	AlsoAccepted map[string][]any
	// Ranges correct the bounds of the schema, by path.
	Ranges map[string]Range
	// WithoutEnum are paths whose enumeration in the schema is only the exceptions of a rule; a check has the rule.
	WithoutEnum []string
	// WithoutMinimum are paths whose smallest length in the schema is wrong.
	WithoutMinimum []string
	// ExactlyOneOf are properties of which exactly one must be given.
	ExactlyOneOf []string
	// ComparedWithState are properties that the provider compares with what AWS made of them, not with the inputs of
	// the last update.
	ComparedWithState []string
}

// Range of a number.
type Range struct{ Min, Max float64 }
