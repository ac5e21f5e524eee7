package lookup

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// checkClientLists checks the prefix lists of clients as the account has them now. Their owner may change the entries
// later, but not beyond the largest number that the list may have.
func (q *query) checkClientLists() {
	const key = "network.allowedClientPrefixLists"
	network, rules := q.config.Network, len(q.config.Network.AllowedClientCIDRs)
	for i, id := range network.AllowedClientLists {
		key := fmt.Sprintf("%s[%d]", key, i)
		list, err := ec2.LookupManagedPrefixList(q.ctx, &ec2.LookupManagedPrefixListArgs{Id: &id}, q.in)
		switch {
		case err != nil:
			q.add(key, id, "a managed prefix list that the account has or shares in "+q.config.AWS.Region, err.Error())
			continue
		case list.OwnerId == "AWS":
			q.add(key, id, "a prefix list of yours",
				list.Name+" has the addresses of a service that every customer of AWS uses")
			continue
		case list.AddressFamily != "IPv4":
			q.add(key, id, "a prefix list of IPv4", "it is one of "+list.AddressFamily)
			continue
		}
		rules += list.MaxEntries
		for _, entry := range list.Entries {
			cidr, err := netip.ParsePrefix(entry.Cidr)
			allowed, _ := q.config.ClientRange(entry.Cidr)
			switch {
			case err != nil || cidr.Bits() < config.MinClientPrefix:
				q.add(key, id, fmt.Sprintf("a list of ranges of /%d or longer", config.MinClientPrefix),
					"it has "+entry.Cidr)
			case allowed != "":
				q.add(key, id, "a list in which each is "+allowed, "it has "+entry.Cidr)
			}
		}
	}
	if most := q.config.MaxClientEntries(); rules > most && len(network.AllowedClientLists) > 0 {
		q.add(key, network.AllowedClientLists, fmt.Sprintf(
			"lists that may have %d entries at most together with network.allowedClientCidrs", most),
			fmt.Sprintf("they may have %d, and each entry that a list may have counts as one of the 60 rules of a "+
				"security group, and as two with loadBalancer.redirectHttp; monitoring.healthCheck takes %d", rules,
				config.CheckerEntries))
	}
}
