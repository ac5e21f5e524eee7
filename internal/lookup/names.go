package lookup

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/mq"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"

	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// fixedName is a name that AWS allows once, in the account and region.
type fixedName struct {
	// key is the configuration key that sets the name, and held its fingerprint.
	key, held string
	// what has the name, for a message.
	what, name string
	// find returns the tags of what has the name.
	find func() (map[string]string, error)
	// remedy says what to do when it is taken; empty for the advice about the key.
	remedy string
}

// nameChecks look up the fixed names that the last update did not have. What is found is of this stack if it has the
// tags of the stack: the first update may have failed half-way, and the next one continues with what it created.
// Something of another stack, or without tags, would fail the update when it creates its own.
func (q *query) nameChecks() []func() {
	var out []func()
	for _, n := range q.fixedNames() {
		if !q.unchanged(n.held) {
			out = append(out, func() { q.checkFree(n) })
		}
	}
	for _, groups := range q.logGroups() {
		if !q.unchanged(groups.held) {
			out = append(out, func() { q.checkLogGroups(groups) })
		}
	}
	if q.config.DNS.HostedZoneID != "" && !q.config.Recovery.TakesOver() && !q.unchanged(heldHost) {
		out = append(out, q.checkRecord)
	}
	return out
}

func (q *query) fixedNames() []fixedName {
	c := q.config
	return []fixedName{
		{
			key: "filesystem.name", held: heldFileSystem,
			what: "the file system with the creation token", name: c.FileSystem.Name,
			find: func() (map[string]string, error) {
				found, err := efs.LookupFileSystem(q.ctx, &efs.LookupFileSystemArgs{CreationToken: &c.FileSystem.Name}, q.in)
				if err != nil {
					return nil, err
				}
				return found.Tags, nil
			},
		},
		{
			key: "database.name", held: heldDatabase, what: "the database cluster", name: c.Database.Name,
			find: func() (map[string]string, error) {
				found, err := rds.LookupCluster(q.ctx, &rds.LookupClusterArgs{ClusterIdentifier: c.Database.Name}, q.in)
				if err != nil {
					return nil, err
				}
				return found.Tags, nil
			},
		},
		{
			key: "messaging.name", held: heldBroker, what: "the broker", name: c.Messaging.Name,
			find: func() (map[string]string, error) {
				found, err := mq.LookupBroker(q.ctx, &mq.LookupBrokerArgs{BrokerName: &c.Messaging.Name}, q.in)
				if err != nil {
					return nil, err
				}
				return found.Tags, nil
			},
		},
		{
			key: "search.name", held: heldDomain, what: "the search domain", name: c.Search.Name,
			find: func() (map[string]string, error) {
				found, err := opensearch.LookupDomain(q.ctx, &opensearch.LookupDomainArgs{DomainName: c.Search.Name}, q.in)
				if err != nil {
					return nil, err
				}
				return found.Tags, nil
			},
		},
		{
			key: "the name of the stack", held: heldStack, what: "the auto scaling group", name: c.GroupName(),
			find: func() (map[string]string, error) {
				found, err := autoscaling.LookupGroup(q.ctx, &autoscaling.LookupGroupArgs{Name: c.GroupName()}, q.in)
				if err != nil {
					return nil, err
				}
				tags := map[string]string{}
				for _, tag := range found.Tags {
					tags[tag.Key] = tag.Value
				}
				return tags, nil
			},
			remedy: "delete it, or give the stack another name",
		},
	}
}

// checkFree refuses a name that something outside the stack has.
func (q *query) checkFree(n fixedName) {
	tags, err := n.find()
	switch {
	case err != nil && isMissing(err):
	case err != nil:
		q.add(n.key, q.given(n), "a name that the account can be asked about", err.Error())
	case q.owns(tags):
		q.found(n.what + " " + n.name)
	default:
		remedy := n.remedy
		if remedy == "" {
			remedy = q.adviceFor(n)
		}
		q.add(n.key, q.given(n), "a name that is free", fmt.Sprintf("the account has %s %s, %s; %s",
			n.what, n.name, owner(tags), remedy))
	}
}

// given is the value that a message shows.
func (q *query) given(n fixedName) string {
	if n.held == heldStack {
		return q.config.Stack
	}
	return n.name
}

// adviceFor says which line to remove, if the stack file has one.
func (q *query) adviceFor(n fixedName) string {
	if own := config.DefaultNames(q.config.Stack)[n.key]; own != n.name {
		return fmt.Sprintf("for the name %s of this stack's own: pulumi config rm --path %s:%s", own, config.Namespace, n.key)
	}
	return fmt.Sprintf("delete it, or set another name: pulumi config set --path %s:%s <name>", config.Namespace, n.key)
}

// owns reports whether tags are those of this stack.
func (q *query) owns(tags map[string]string) bool {
	own := q.config.DefaultTags()
	return tags["Project"] == own["Project"] && tags["Stack"] == own["Stack"]
}

// owner says whose something is.
func owner(tags map[string]string) string {
	if stack := tags["Stack"]; stack != "" && tags["Project"] == config.Namespace {
		return "of the stack " + stack
	}
	return "which this stack did not create"
}

// found records something that has the tags of this stack.
func (q *query) found(what string) {
	if !q.deployed.Updated {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.unsure = append(q.unsure, what)
	}
}

// logGroupNames are the log groups of a tier, with their common prefix.
type logGroupNames struct {
	fixedName
	prefix string
	names  []string
}

func (q *query) logGroups() []logGroupNames {
	c := q.config
	node := c.NodeLogGroup()
	return []logGroupNames{
		{
			fixedName: fixedName{key: "database.name", held: heldDatabase, name: c.Database.Name},
			prefix:    "/aws/rds/cluster/" + c.Database.Name + "/", names: database.LogGroups(c.Database.Name),
		},
		{
			fixedName: fixedName{key: "search.name", held: heldDomain, name: c.Search.Name},
			prefix:    "/aws/opensearch/" + c.Search.Name + "/", names: search.LogGroups(c.Search.Name),
		},
		{
			fixedName: fixedName{key: "the name of the stack", held: heldStack, name: c.Stack},
			prefix:    node, names: []string{node},
		},
	}
}

// checkLogGroups lists the groups of a prefix with one call, and asks for the tags of those that exist.
func (q *query) checkLogGroups(g logGroupNames) {
	list, err := cloudwatch.GetLogGroups(q.ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &g.prefix}, q.in)
	if err != nil && !isMissing(err) {
		q.add(g.key, q.given(g.fixedName), "a name that the account can be asked about", err.Error())
	}
	if err != nil {
		return
	}
	exists := map[string]bool{}
	for _, name := range list.LogGroupNames {
		exists[name] = true
	}
	for _, name := range g.names {
		if !exists[name] {
			continue
		}
		n := g.fixedName
		n.what, n.name = "the log group", name
		n.find = func() (map[string]string, error) {
			group, err := cloudwatch.LookupLogGroup(q.ctx, &cloudwatch.LookupLogGroupArgs{Name: name}, q.in)
			if err != nil {
				return nil, err
			}
			return group.Tags, nil
		}
		// RDS writes a last line after the deletion of a cluster, and makes the group again for it.
		n.remedy = "if nobody needs its lines: aws logs delete-log-group --log-group-name " + name
		q.checkFree(n)
	}
}

// checkRecord refuses a host name that has a record already. A record has no tags; it is of this stack if it names the
// load balancer with the tags of this stack. A zone of more than 300 records takes more than one call, so the look-up
// is made only for a new name, and a failure is a warning.
func (q *query) checkRecord() {
	c := q.config
	pattern := "^" + regexp.QuoteMeta(c.DNS.HostName) + `\.?$`
	found, err := route53.GetRecords(q.ctx, &route53.GetRecordsArgs{
		ZoneId: c.DNS.HostedZoneID, NameRegex: &pattern,
	}, q.in)
	if err != nil {
		if !strings.Contains(err.Error(), "NoSuchHostedZone") { // dns.hostedZoneId has its own problem
			q.warn("dns.hostName: the hosted zone could not be asked whether it has a record of that name: " + err.Error())
		}
		return
	}
	for _, record := range found.ResourceRecordSets {
		if record.Type != "A" && record.Type != "CNAME" {
			continue // it does not collide with an A record
		}
		if err := q.ownRecord(record.AliasTarget.DnsName); err == nil {
			q.found("the record " + c.DNS.HostName)
			continue
		}
		q.add("dns.hostName", c.DNS.HostName, "a name without a record",
			"the hosted zone has a record "+record.Type+" of that name, which this stack did not create; "+
				"delete it, or choose another name")
	}
}

// ownRecord returns an error unless a record names the load balancer of this stack.
func (q *query) ownRecord(target string) error {
	if target == "" {
		return errors.New("no alias")
	}
	tags := q.config.DefaultTags()
	balancer, err := lb.LookupLoadBalancer(q.ctx, &lb.LookupLoadBalancerArgs{
		Tags: map[string]string{"Project": tags["Project"], "Stack": tags["Stack"]},
	}, q.in)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(target), "dualstack."), ".")
	if name != strings.ToLower(balancer.DnsName) {
		return errors.New("another load balancer")
	}
	return nil
}
