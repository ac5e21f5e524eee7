package network

import "fmt"

// Group is a security group of the stack, or one of the two kinds of outsider.
type Group string

// The groups. Every one of them but the outsiders is a security group of the VPC.
const (
	Clients      Group = "clients"      // the configured address ranges of users and administrators
	Internet     Group = "internet"     // anybody; only ever a destination
	LoadBalancer Group = "loadbalancer" // the only group that anybody outside reaches
	Application  Group = "application"  // Morpheus nodes
	FileSystem   Group = "filesystem"   // mount targets
	Database     Group = "database"     // Aurora instances
	Messaging    Group = "messaging"    // the broker's endpoint
	Search       Group = "search"       // the domain's endpoint
)

// Groups that become security groups, with what the console shows about them. A description can never change: AWS
// replaces the group, and with it everything that uses it.
var Groups = []struct {
	Name        Group
	Description string
}{
	{LoadBalancer, "Morpheus load balancer"},
	{Application, "Morpheus application nodes"},
	{FileSystem, "Morpheus shared file system"},
	{Database, "Morpheus database"},
	{Messaging, "Morpheus message broker"},
	{Search, "Morpheus search domain"},
}

// Row allows one kind of traffic: TCP from one group to a port of another.
type Row struct {
	From, To Group
	Port     int
	Why      string
}

// Traffic is everything that may be sent in the VPC; what is not in it is refused. Each row becomes an ingress rule of
// the receiver and an egress rule of the sender. Security groups do not filter the resolver and the time service of the
// VPC, so they need no row.
var Traffic = []Row{
	{Clients, LoadBalancer, 443, "users, API clients and agents of managed machines"},
	{LoadBalancer, Application, 443, "requests and health checks, encrypted to the node"},
	{Application, FileSystem, 2049, "shared files, NFS inside TLS"},
	{Application, Database, 3306, "MySQL with TLS"},
	{Application, Messaging, 5671, "AMQP with TLS"},
	{Application, Messaging, 443, "management API of the broker: virtual host, permissions and policies"},
	{Application, Search, 443, "index and search over HTTPS"},
	{Application, Internet, 443, "packages, AWS APIs and managed clouds"},
	{Application, Internet, 80, "package archives of the distribution, which are signed and served without TLS"},
}

// Name of a row, stable and unique: part of the names of its rules.
func (r Row) Name() string { return fmt.Sprintf("%s-to-%s-%d", r.From, r.To, r.Port) }

// outsider is a group that is addresses, not a security group.
func (g Group) outsider() bool { return g == Clients || g == Internet }
