package config

// DataTiers are the tiers that hold data, in the order of the deployment.
var DataTiers = []string{"filesystem", "database", "messaging", "search"}

// Values of network.natGateways. One gateway is one zone: when it fails, no node reaches the internet.
const (
	NATPerZone = "per-zone"
	NATSingle  = "single"
	// NATNone: no node has a way to the internet.
	NATNone = "none"
	// NATExisting: the existing VPC has its own ways out.
	NATExisting = "existing"
)

// Values of loadBalancer.scheme.
const (
	InternetFacing = "internet-facing"
	Internal       = "internal"
)

// Schemes are all values of loadBalancer.scheme.
var Schemes = []string{InternetFacing, Internal}

// TLSPolicies are the security policies of a listener that pass Security Hub's control ELB.17:
// https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-17
var TLSPolicies = []string{
	"ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-3-2021-06",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
}

// Values of database.insights.
const (
	InsightsStandard = "standard"
	InsightsAdvanced = "advanced"
)

// Values of database.administratorSecret.
const (
	AdministratorManaged = "managed" // RDS makes the password and rotates it every seven days
	AdministratorOwn     = "own"     // a secret of the stack, as a global database needs it
)

// Values of messaging.deploymentMode.
const (
	ClusterMultiAZ = "CLUSTER_MULTI_AZ" // always three nodes behind one endpoint
	SingleInstance = "SINGLE_INSTANCE"
)

// Values of the keys below serviceLinkedRoles.
const (
	RoleCreate   = "create"
	RoleExisting = "existing"
)

// MaxHealthyPercent is the largest share of its desired size that the group may have while AWS replaces nodes by itself.
const MaxHealthyPercent = 200

// MaxDuringReplacement is the largest number of nodes while nodes are replaced: AWS counts what it launches beside
// unhealthy nodes by the group's desired size, whatever its maximum.
func MaxDuringReplacement(maxSize int) int { return (maxSize*MaxHealthyPercent + 99) / 100 }
