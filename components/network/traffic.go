package network

import (
	"fmt"
	"strings"
)

// Group is a security group of the stack, or a group of addresses outside it (an outsider).
type Group string

// The groups. All but the outsiders are security groups of the VPC.
const (
	Clients      Group = "clients"      // the configured address ranges of users and administrators
	Internet     Group = "internet"     // any address; only ever a destination
	S3           Group = "s3"           // the addresses of S3 in the region, through a gateway endpoint
	Proxy        Group = "proxy"        // the configured range of the proxy
	Networks     Group = "networks"     // the configured ranges that Morpheus manages
	Checkers     Group = "checkers"     // the addresses of the Route 53 health checkers on the internet
	LoadBalancer Group = "loadbalancer" // the only group that clients reach
	Application  Group = "application"  // Morpheus nodes
	FileSystem   Group = "filesystem"   // mount targets
	Database     Group = "database"     // Aurora instances
	Messaging    Group = "messaging"    // the broker's endpoint
	Search       Group = "search"       // the domain's endpoint
	Endpoints    Group = "endpoints"    // interface endpoints of AWS services
)

// Groups that become security groups, with the description in the console. A description can never change: AWS would
// replace the group, and with it everything that uses it.
var Groups = []struct {
	Name        Group
	Description string
}{
	{Name: LoadBalancer, Description: "Morpheus load balancer"},
	{Name: Application, Description: "Morpheus application nodes"},
	{Name: FileSystem, Description: "Morpheus shared file system"},
	{Name: Database, Description: "Morpheus database"},
	{Name: Messaging, Description: "Morpheus message broker"},
	{Name: Search, Description: "Morpheus search domain"},
	{Name: Endpoints, Description: "Morpheus endpoints of AWS services"},
}

// Outsider says whether a group has addresses only, and no security group.
func (g Group) Outsider() bool {
	switch g {
	case Clients, Internet, S3, Proxy, Networks, Checkers:
		return true
	}
	return false
}

// When says in which networks a row applies, in the words of the configuration.
type When string

// The conditions of rows.
const (
	Always       When = "always"
	WithInternet When = "network.natGateways is not none"
	NoInternet   When = "network.natGateways is none"
	WithServices When = "network.interfaceEndpoints"
	WithProxy    When = "network.proxy"
	WithNetworks When = "network.extraEgress"
	WithRedirect When = "loadBalancer.redirectHttp"
	WithCheckers When = "monitoring.healthCheck"
)

// Row allows one kind of traffic: TCP from one group to a port of another.
type Row struct {
	From, To Group
	// Port is 0 where the configuration has the port.
	Port int
	When When
	Why  string
}

// Traffic is all traffic that is allowed in the VPC; everything else is refused. Each row becomes an ingress rule of
// the receiver and an egress rule of the sender. Security groups do not filter the resolver and the time service of
// the VPC, so these need no row.
var Traffic = []Row{
	{
		From: Clients, To: LoadBalancer, Port: 443, When: Always,
		Why: "users, API clients and agents of managed machines",
	},
	{From: Clients, To: LoadBalancer, Port: 80, When: WithRedirect, Why: "browsers that are sent on to HTTPS"},
	{
		From: Checkers, To: LoadBalancer, Port: 443, When: WithCheckers,
		Why: "the health check from outside: GET requests of Route 53",
	},
	{
		From: LoadBalancer, To: Application, Port: 443, When: Always,
		Why: "requests and health checks, encrypted to the node",
	},
	{From: Application, To: FileSystem, Port: 2049, When: Always, Why: "shared files, NFS inside TLS"},
	{From: Application, To: Database, Port: 3306, When: Always, Why: "MySQL with TLS"},
	{From: Application, To: Messaging, Port: 5671, When: Always, Why: "AMQP with TLS"},
	{
		From: Application, To: Messaging, Port: 443, When: Always,
		Why: "management API of the broker: virtual host, permissions and policies",
	},
	{From: Application, To: Search, Port: 443, When: Always, Why: "index and search over HTTPS"},
	{From: Application, To: Endpoints, Port: 443, When: WithServices, Why: "AWS APIs inside the VPC"},
	{From: Application, To: Internet, Port: 443, When: WithInternet, Why: "packages, AWS APIs and managed clouds"},
	{
		From: Application, To: Internet, Port: 80, When: WithInternet,
		Why: "package archives of the distribution, which are signed and served without TLS",
	},
	{
		From: Application, To: S3, Port: 443, When: NoInternet,
		Why: "packages from a mirror bucket, and files of Systems Manager",
	},
	{From: Application, To: Proxy, When: WithProxy, Why: "the way out that the proxy filters"},
	{From: Application, To: Networks, When: WithNetworks, Why: "each row of the configuration says why"},
}

// Name of a row, stable and unique: part of the names of its rules.
func (r Row) Name() string {
	if r.Port == 0 {
		return fmt.Sprintf("%s-to-%s", r.From, r.To)
	}
	return fmt.Sprintf("%s-to-%s-%d", r.From, r.To, r.Port)
}

// Flow is a row as one network has it, with the values of the configuration. It makes one rule at each end that is a
// security group.
type Flow struct {
	Row
	Protocol         string // "tcp" or "udp"
	FromPort, ToPort int
	// CIDR is the outsider's range; empty for S3, for health checkers and for clients in a prefix list.
	CIDR string
	// PrefixList is the id of a prefix list of clients.
	PrefixList string
}

// Name of a flow, stable and unique: flows of one row differ by their ranges.
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
	if f.PrefixList != "" {
		parts = append(parts, f.PrefixList)
	}
	return strings.Join(parts, "-")
}

// applies says whether the rows of a condition apply in a network.
func (a *Args) applies(when When) bool {
	switch when {
	case WithInternet:
		return a.hasInternet()
	case NoInternet:
		return !a.hasInternet()
	case WithServices:
		return a.Settings.InterfaceEndpoints
	case WithRedirect:
		return a.RedirectHTTP
	case WithCheckers:
		return a.CheckersListID != ""
	case WithProxy:
		return a.Settings.Proxy.URL != ""
	}
	return true // Always, and WithNetworks, which makes a flow of each configured range
}

// Flows are the rows of Traffic that apply in a network, with its address ranges and ports.
func (a *Args) Flows() []Flow {
	var out []Flow
	for _, row := range Traffic {
		if !a.applies(row.When) {
			continue
		}
		flow := Flow{Row: row, Protocol: "tcp", FromPort: row.Port, ToPort: row.Port}
		switch {
		case row.From == Clients:
			for _, cidr := range a.Settings.AllowedClientCIDRs {
				flow.CIDR = cidr
				out = append(out, flow)
			}
			flow.CIDR = ""
			for _, list := range a.Settings.AllowedClientLists {
				flow.PrefixList = list
				out = append(out, flow)
			}
			continue
		case row.To == Networks:
			for _, e := range a.Settings.ExtraEgress {
				flow.Protocol, flow.CIDR, flow.Why = e.Protocol, e.CIDR, e.Why
				flow.FromPort, flow.ToPort = e.FromPort, e.ToPort
				out = append(out, flow)
			}
			continue
		case row.To == Proxy:
			port := a.Settings.Proxy.Port()
			flow.FromPort, flow.ToPort, flow.CIDR = port, port, a.Settings.Proxy.CIDR
		case row.To == Internet:
			flow.CIDR = anywhere
		}
		out = append(out, flow)
	}
	return out
}
