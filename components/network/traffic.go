package network

import (
	"fmt"
	"strings"
)

// Group is a security group of the stack, or one of the kinds of outsiders.
type Group string

// The groups. Every one of them but the outsiders is a security group of the VPC.
const (
	Clients      Group = "clients"      // the configured address ranges of users and administrators
	Internet     Group = "internet"     // anybody; only ever a destination
	S3           Group = "s3"           // the addresses of S3 in the region, through a gateway endpoint
	Proxy        Group = "proxy"        // the configured range of the proxy
	Networks     Group = "networks"     // the configured ranges that Morpheus manages
	LoadBalancer Group = "loadbalancer" // the only group that anybody outside reaches
	Application  Group = "application"  // Morpheus nodes
	FileSystem   Group = "filesystem"   // mount targets
	Database     Group = "database"     // Aurora instances
	Messaging    Group = "messaging"    // the broker's endpoint
	Search       Group = "search"       // the domain's endpoint
	Endpoints    Group = "endpoints"    // interface endpoints of AWS services
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
	{Endpoints, "Morpheus endpoints of AWS services"},
}

// Outsider says whether a group is addresses, not a security group.
func (g Group) Outsider() bool {
	switch g {
	case Clients, Internet, S3, Proxy, Networks:
		return true
	}
	return false
}

// When says in which networks a row stands, in the words of the configuration.
type When string

// The conditions of rows.
const (
	Always       When = "always"
	WithInternet When = "network.natGateways is not none"
	NoInternet   When = "network.natGateways is none"
	WithServices When = "network.interfaceEndpoints"
	WithProxy    When = "network.proxy"
	WithNetworks When = "network.extraEgress"
)

// Row allows one kind of traffic: TCP from one group to a port of another.
type Row struct {
	From, To Group
	// Port is 0 where the configuration says which.
	Port int
	When When
	Why  string
}

// Traffic is everything that may be sent in the VPC; what is not in it is refused. Each row becomes an ingress rule of
// the receiver and an egress rule of the sender. Security groups do not filter the resolver and the time service of the
// VPC, so they need no row.
var Traffic = []Row{
	{Clients, LoadBalancer, 443, Always, "users, API clients and agents of managed machines"},
	{LoadBalancer, Application, 443, Always, "requests and health checks, encrypted to the node"},
	{Application, FileSystem, 2049, Always, "shared files, NFS inside TLS"},
	{Application, Database, 3306, Always, "MySQL with TLS"},
	{Application, Messaging, 5671, Always, "AMQP with TLS"},
	{Application, Messaging, 443, Always, "management API of the broker: virtual host, permissions and policies"},
	{Application, Search, 443, Always, "index and search over HTTPS"},
	{Application, Endpoints, 443, WithServices, "AWS APIs inside the VPC"},
	{Application, Internet, 443, WithInternet, "packages, AWS APIs and managed clouds"},
	{Application, Internet, 80, WithInternet, "package archives of the distribution, which are signed and served without TLS"},
	{Application, S3, 443, NoInternet, "packages from a mirror bucket, and files of Systems Manager"},
	{Application, Proxy, 0, WithProxy, "the way out that the proxy filters"},
	{Application, Networks, 0, WithNetworks, "each row of the configuration says why"},
}

// Name of a row, stable and unique: part of the names of its rules.
func (r Row) Name() string {
	if r.Port == 0 {
		return fmt.Sprintf("%s-to-%s", r.From, r.To)
	}
	return fmt.Sprintf("%s-to-%s-%d", r.From, r.To, r.Port)
}

// Flow is a row as one network has it: what the configuration says is filled in. It makes one rule at each end that is a
// security group.
type Flow struct {
	Row
	Protocol         string // "tcp" or "udp"
	FromPort, ToPort int
	// CIDR is the outsider's range; empty for S3, which is a prefix list.
	CIDR string
}

// Name of a flow, stable and unique: it tells the rules of several ranges apart by the ranges.
func (f Flow) Name() string {
	parts := []string{f.Row.Name()}
	if f.Port == 0 {
		parts = append(parts, f.Protocol, fmt.Sprint(f.FromPort))
		if f.ToPort != f.FromPort {
			parts = append(parts, fmt.Sprint(f.ToPort))
		}
	}
	if f.CIDR != "" && f.CIDR != anywhere {
		parts = append(parts, strings.ReplaceAll(f.CIDR, "/", "-"))
	}
	return strings.Join(parts, "-")
}

// stands says whether rows of a condition stand in a network.
func (a *Args) stands(when When) bool {
	switch when {
	case WithInternet:
		return a.NAT != NATNone
	case NoInternet:
		return a.NAT == NATNone
	case WithServices:
		return a.InterfaceEndpoints
	case WithProxy:
		return a.Proxy != nil
	}
	return true // always; and of the configured ranges there are as many as there are
}

// Flows are the rows of Traffic that stand in a network, with its address ranges and ports.
func (a *Args) Flows() []Flow {
	var out []Flow
	for _, row := range Traffic {
		if !a.stands(row.When) {
			continue
		}
		flow := Flow{Row: row, Protocol: "tcp", FromPort: row.Port, ToPort: row.Port}
		switch {
		case row.From == Clients:
			for _, cidr := range a.ClientCIDRs {
				flow.CIDR = cidr
				out = append(out, flow)
			}
			continue
		case row.To == Networks:
			for _, e := range a.ExtraEgress {
				flow.Protocol, flow.FromPort, flow.ToPort, flow.CIDR, flow.Why = e.Protocol, e.FromPort, e.ToPort, e.CIDR, e.Why
				out = append(out, flow)
			}
			continue
		case row.To == Proxy:
			flow.FromPort, flow.ToPort, flow.CIDR = a.Proxy.Port, a.Proxy.Port, a.Proxy.CIDR
		case row.To == Internet:
			flow.CIDR = anywhere
		}
		out = append(out, flow)
	}
	return out
}
