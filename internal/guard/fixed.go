package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// CheckDeployed compares the configuration with the stack as it is deployed, before anything is registered: only then
// can a refusal say that nothing has been changed, whatever options the update was started with. It returns all
// refusals in one error, and warnings about protection that comes off.
func CheckDeployed(
	c *config.Config, state deployed.State, tables map[string]changes.Table,
) (warnings []string, err error) {
	if !state.Completed() {
		return nil, nil
	}
	check := &check{config: c, state: state, problems: c.NewProblems("nothing has been changed, and nothing")}
	check.account()
	check.network()
	check.environment()
	check.backups()
	check.role()
	errs := check.tiers(tables)
	check.keys()
	if !check.problems.None() {
		errs = append([]error{check.problems}, errs...)
	}
	return check.warnings, errors.Join(errs...)
}

// RecoveryProvider is the logical name of the provider of recovery.region.
const RecoveryProvider = "aws-copies"

// GlobalProvider is the logical name of the provider of the region with the metrics of services without regions.
const GlobalProvider = "aws-global"

// PrimaryProvider is the logical name of the provider of the stack's region.
const PrimaryProvider = "aws"

// awsProvider is the type of the provider resource.
const awsProvider = "pulumi:providers:aws"

type check struct {
	config   *config.Config
	state    deployed.State
	problems *config.Problems
	warnings []string
}

// moves is why a value that decides where the stack is cannot change.
const moves = "a change would replace every resource, with its data; to move, deploy a second stack, restore the " +
	"data there, and destroy this one: docs/changes.md#what-cannot-change"

// account compares region and account with those of the provider of the last update.
func (c *check) account() {
	provider, ok := c.state.Named(awsProvider, PrimaryProvider)
	if !ok {
		return
	}
	if old := provider.Text("region"); old != "" && old != c.config.AWS.Region {
		c.refuse("aws.region", c.config.AWS.Region, old, moves)
	}
	ids, _ := decoded(provider.At("allowedAccountIds")).([]any)
	if len(ids) == 1 && ids[0] != c.config.AWS.AccountID {
		c.refuse("aws.accountId", c.config.AWS.AccountID, fmt.Sprint(ids[0]), moves)
	}
}

// decoded returns a value of a provider's configuration, which the state has as it is or as JSON.
func decoded(value any) any {
	var out any
	if text, isText := value.(string); isText && json.Unmarshal([]byte(text), &out) == nil {
		return out
	}
	return value
}

// refuse refuses another value than the deployed one.
func (c *check) refuse(key, got, old, why string) {
	c.problems.Add(key, got, fmt.Sprintf("%q as it is deployed", old), why)
}

// network compares the VPC, its range and its zones with those of the deployed subnets.
func (c *check) network() {
	vpcs := c.state.OfType(awstoken.EC2VPC)
	groups := c.state.OfType(awstoken.EC2SecurityGroup)
	existing := c.config.Network.Existing.VpcID
	switch {
	case len(groups) == 0:
	case len(vpcs) > 0 && existing != "":
		c.problems.Add("network.existing.vpcId", existing, "empty, because the stack has a VPC of its own", moves)
	case len(vpcs) == 0 && groups[0].Text("vpcId") != existing:
		c.refuse("network.existing.vpcId", existing, groups[0].Text("vpcId"), moves)
	case len(vpcs) > 0 && vpcs[0].Text("cidrBlock") != c.config.Network.CIDR:
		c.refuse("network.cidr", c.config.Network.CIDR, vpcs[0].Text("cidrBlock"), moves)
	case len(vpcs) > 0:
		c.zones()
	}
}

// zones refuses a zone that gets the range of another one, and the removal of a zone with a database instance. AWS
// refuses both, but only in the middle of the update.
func (c *check) zones() {
	const key = "network.availabilityZones"
	vpc, err := subnets.ParseVPC(c.config.Network.CIDR)
	if err != nil {
		return
	}
	zones := c.config.Network.AvailabilityZones
	var kept []string
	moved := false
	for i := range subnets.MaxZones {
		for _, subnet := range c.state.OfType(awstoken.EC2Subnet) {
			zone := subnet.Text("availabilityZone")
			layer := subnets.Layer(strings.TrimSuffix(strings.TrimPrefix(subnet.Name, "network-"), "-"+zone))
			cidr, err := subnets.Split(vpc, layer, i)
			if err != nil || cidr.String() != subnet.Text("cidrBlock") {
				continue
			}
			moved = moved || i < len(zones) && zones[i] != zone
			if !slices.Contains(kept, zone) {
				kept = append(kept, zone)
			}
		}
	}
	if moved {
		c.problems.Add(key, zones, "a list that begins with the deployed zones in their order: "+strings.Join(kept, ", "),
			"each place has its own range of the VPC, and AWS refuses a subnet whose range another one still has")
		return
	}
	for _, instance := range c.state.OfType(awstoken.RDSClusterInstance) {
		if zone := instance.Text("availabilityZone"); slices.Contains(kept, zone) && !slices.Contains(zones, zone) {
			c.problems.Add(key, zones, "a list with "+zone,
				"RDS refuses to take a subnet out of its group while the instance "+instance.Text("identifier")+" is in it")
			return
		}
	}
}

// environment refuses that production becomes development by one value, unless safety.allowDestroy says that the
// protection may come off.
func (c *check) environment() {
	provider, _ := c.state.Named(awsProvider, PrimaryProvider)
	defaults, _ := decoded(provider.At("defaultTags")).(map[string]any)
	tags, _ := defaults["tags"].(map[string]any)
	if tags["Environment"] != string(lifecycle.Production) || c.config.Environment != lifecycle.Development {
		return
	}
	var open []string
	for _, token := range protected {
		for _, r := range c.state.OfType(token) {
			if keeps(token, r.Name) {
				open = append(open, r.Name)
			}
		}
	}
	slices.Sort(open)
	effect := fmt.Sprintf("from production to development takes the protection off %d resources (%s), and a destroy then "+
		"keeps no final snapshot of the database, no secret, and keys for 7 days only", len(open), strings.Join(open, ", "))
	if c.config.Safety.AllowDestroy {
		c.warnings = append(c.warnings, "environment: the change "+effect)
		return
	}
	c.problems.Add("environment", string(c.config.Environment),
		fmt.Sprintf("%q as it is deployed, unless safety.allowDestroy is true", lifecycle.Production), "the change "+effect)
}

// backups refuses to give up the vault: its recovery points would go with it, or stay without the stack that watches
// them.
func (c *check) backups() {
	if c.config.Safety.AllowDestroy || slices.Contains(c.config.Safety.AllowReplace, "backup") {
		return
	}
	second, ok := c.state.Named(awsProvider, RecoveryProvider)
	if old, wanted := second.Text("region"), c.config.Recovery.Region; ok && old != wanted {
		c.problems.Add("recovery.region", wanted, fmt.Sprintf("%q as it is deployed, unless %s has %q", old, Key, "backup"),
			"the stack would give up what it keeps there, and the keys without which nobody can read it")
	}
	vaults := c.state.OfType(awstoken.BackupVault)
	if len(vaults) == 0 || c.config.Backup.Enabled {
		return
	}
	c.problems.Add("backup.enabled", false, fmt.Sprintf("true as it is deployed, unless %s has %q", Key, "backup"),
		"the stack would give up the vault "+vaults[0].Text("name")+"; in development its recovery points are deleted with it")
}

// tiers compares the settings of each data tier with its deployed resource, by the rows of its table that lose data or
// that AWS refuses.
func (c *check) tiers(tables map[string]changes.Table) []error {
	var errs []error
	for _, tier := range config.Replaceable {
		reported := map[string]bool{}
		for _, row := range tables[tier] {
			if row.Input == "" || reported[row.Input] {
				continue
			}
			text, found := c.lost(tier, row)
			if !found {
				continue
			}
			reported[row.Input] = true
			if text != "" {
				errs = append(errs, errors.New(text))
			}
		}
	}
	return errs
}

// lost returns the refusal of a row's change, if the configuration makes such a change. The text is empty if the
// change is allowed.
func (c *check) lost(tier string, row changes.Row) (text string, found bool) {
	if !row.NeedsPermission() && row.Effect != changes.Refused {
		return "", false
	}
	old, wanted, found := c.values(tier, row)
	if !found || same(old, wanted) || row.When != nil && !row.When(old.At(row.Property), wanted) {
		return "", false
	}
	before, after := inWords(row, old.At(row.Property)), inWords(row, wanted)
	change := fmt.Sprintf("%s: %s from %s to %s", tier, named(row), before, after)
	allowed := slices.Contains(c.config.Safety.AllowReplace, tier)
	switch {
	case row.Effect == changes.Refused && !c.replaces(tier):
		return fmt.Sprintf("%s %s; nothing has been changed", change, row.Risk), true
	case row.Effect == changes.Refused:
		return "", true // the new resource begins with the version
	case !allowed:
		return fmt.Sprintf("%s %s; nothing has been changed. If that is meant, add %q to %s", change, row.Risk, tier, Key),
			true
	case old.At("deletionProtection") == true || old.At("enableDeletionProtection") == true:
		return onlyNow(change, row), true
	}
	return "", true
}

// onlyNow is the refusal of a change that is allowed in the same update as the end of the protection.
func onlyNow(change string, row changes.Row) string {
	return fmt.Sprintf("%s %s, and is allowed only now; run `pulumi up` with %s alone first, which takes the "+
		"protection off", change, row.Risk, Key)
}

// inWords returns a value as the configuration has it.
func inWords(row changes.Row, value any) string {
	if internal, isFlag := value.(bool); isFlag && row.Input == "scheme" {
		value = config.InternetFacing
		if internal {
			value = config.Internal
		}
	}
	return shown(resource.NewPropertyValue(value))
}

type oldResource struct {
	deployed.Resource
	path string
}

// values returns the deployed resource of a row and the configured value of its property. It finds none if the tier
// has no such resource, because then there is nothing to lose, or if the value is not in the configuration.
func (c *check) values(tier string, row changes.Row) (old oldResource, wanted any, found bool) {
	for _, r := range c.state.OfType(row.Token) {
		if r.Tier() == tier {
			old, found = oldResource{Resource: r, path: row.Property}, true
		}
	}
	if !found || old.At(row.Property) == nil {
		return old, nil, false
	}
	switch row.Input {
	case "keyArn":
		return old, c.keyOf(tier), true
	case "scheme":
		return old, c.config.InternalOnly(), true
	case "globalDatabase":
		return old, c.config.GlobalDatabase(), true
	}
	wanted, found = c.settings(tier)[row.Input]
	return old, wanted, found
}

// same reports whether the deployed value is the configured one. A service may return a key by its ID.
func same(old oldResource, wanted any) bool {
	before, isText := old.At(old.path).(string)
	after, _ := wanted.(string)
	if isText && strings.Contains(strings.ToLower(old.path), "kmskeyid") {
		return keyID(before) == keyID(after)
	}
	return resource.NewPropertyValue(old.At(old.path)).DeepEquals(resource.NewPropertyValue(wanted))
}

func keyID(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// replaces reports whether the database or the broker is replaced by another change that is allowed.
func (c *check) replaces(tier string) bool {
	if !slices.Contains(c.config.Safety.AllowReplace, tier) {
		return false
	}
	name := map[string][2]string{
		"database":  {awstoken.RDSCluster, "clusterIdentifier"},
		"messaging": {awstoken.MQBroker, "brokerName"},
	}[tier]
	for _, r := range c.state.OfType(name[0]) {
		if r.Text(name[1]) != c.settings(tier)["name"] {
			return true
		}
	}
	return false
}

// settings are the values of a tier's section by key.
func (c *check) settings(tier string) map[string]any {
	values := map[string]any{
		"filesystem": c.config.FileSystem, "database": c.config.Database,
		"messaging": c.config.Messaging, "search": c.config.Search, "loadbalancer": c.config.LoadBalancer,
		"backup": c.config.Backup,
	}[tier]
	out := map[string]any{}
	text, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("section %s is not JSON: %v", tier, err)) // a struct of texts and numbers always is
	}
	return out
}

// keyOf returns the ARN of a concern's key: the configured one, or that of the stack's own key; empty if the program
// has yet to make it.
func (c *check) keyOf(concern string) string {
	for _, given := range c.config.Encryption.Keys.Given() {
		if given.Concern == concern {
			return given.ARN
		}
	}
	own, _ := c.state.Named(awstoken.KMSKey, "encryption-"+concern)
	return own.Text("arn")
}

// keys warns of a configured key beside the stack's own, which stays because what it has encrypted needs it.
func (c *check) keys() {
	for _, given := range c.config.Encryption.Keys.Given() {
		if own, has := c.state.Named(awstoken.KMSKey, "encryption-"+given.Concern); has {
			c.warnings = append(c.warnings, fmt.Sprintf("%s: the key that the stack made, %s, stays until the stack is "+
				"destroyed, because nothing can read what it has encrypted without it; new data is encrypted with the "+
				"configured key", given.Key, own.Text("arn")))
		}
	}
}

// OwnKeys are the concerns whose keys an earlier update made. They stay registered, whatever the configuration says.
func OwnKeys(state deployed.State) []string {
	var out []string
	for _, key := range state.OfType(awstoken.KMSKey) {
		out = append(out, strings.TrimPrefix(key.Name, "encryption-"))
	}
	return out
}
