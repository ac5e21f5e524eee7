package awstypes

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
)

// ScalingNodes is the type of the nodes of a scaling group and of its instance refresh, which AWS makes by itself. The
// id is that of the group. The state has the launch template's version of each node in "versions", the status of the
// last refresh in "refresh", and "held": true while the launch hook holds new nodes.
const ScalingNodes = "aws:autoscaling/nodes:Nodes"

// Shortage is the type of a lack of capacity. The id is that of a zone, and the state has in "instanceTypes" what EC2
// cannot launch there.
const Shortage = "aws:ec2/shortage:Shortage"

// Statuses of an instance refresh.
const (
	RefreshInProgress = "InProgress"
	RefreshCancelling = "Cancelling"
	RefreshSuccessful = "Successful"
)

func scalingNodes() Type { return Type{Token: ScalingNodes, Simulation: Simulation{ID: "{group}"}} }

// rollOut launches the nodes of a new group, for which the provider waits. After an update it does what the provider
// does: it starts an instance refresh if the template or a trigger has changed, and waits for the nodes if a size has
// changed.
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.86.0/internal/service/autoscaling/group.go
func rollOut(c *Call) error {
	version := cmp.Or(c.Text(specification+".version"), c.Text("launchTemplate.version"))
	nodes := c.ByID(ScalingNodes, c.ID)
	if nodes == nil {
		nodes = &Resource{Token: ScalingNodes, Region: c.Region, ID: c.ID, Inputs: Values{}, State: Values{}}
		c.Store.Add(nodes)
	}
	running, _ := nodes.State["versions"].([]any)
	desired, _ := c.State["desiredCapacity"].(float64)
	for len(running) < int(desired) { // AWS launches them with the new template
		running = append(running, version)
	}
	status, _ := nodes.State["refresh"].(string)
	nodes.State = Values{
		"versions": running[:min(len(running), int(desired))], "held": nodes.State["held"] == true, "refresh": status,
	}
	if c.Old == nil {
		return c.failedLaunch(nodes)
	}
	if c.refreshes() {
		if err := c.refresh(nodes, version); err != nil {
			return err
		}
	}
	return c.waitForCapacity(desired)
}

// failedLaunch is the error with which the provider ends its wait for the first nodes: it takes a failed activity for
// final. Auto Scaling itself tries again until it succeeds.
func (c *Call) failedLaunch(nodes *Resource) error {
	if c.Text("waitForCapacityTimeout") == "0" || c.In["ignoreFailedScalingActivities"] == true {
		return nil
	}
	for _, zone := range c.zonesOf(c.texts("vpcZoneIdentifiers[]")) {
		short := c.ByID(Shortage, zone)
		types := c.launched()
		if short == nil || len(types) == 0 ||
			!isSubset(types, Texts(short.State, "instanceTypes[]")) {
			continue
		}
		nodes.State["versions"] = []any{}
		return fmt.Errorf("waiting for Auto Scaling Group (%s) capacity satisfied: scaling activity (%s): Failed: Could not "+
			"launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient %s capacity in "+
			"the Availability Zone you requested (%s). Launching EC2 instance failed",
			c.ID, c.digitsOnce("activity", 8), types[0], zone)
	}
	return nil
}

func isSubset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(one string) bool { return !slices.Contains(all, one) })
}

// refreshes reports whether the provider starts an instance refresh.
func (c *Call) refreshes() bool {
	if c.In["instanceRefresh"] == nil {
		return false
	}
	changed := func(property string) bool { return !reflect.DeepEqual(c.OldIn[property], c.In[property]) }
	return changed("launchTemplate") || changed("mixedInstancesPolicy") ||
		slices.Contains(c.texts("instanceRefresh.triggers[]"), "tag") && changed("tags")
}

// refresh cancels a refresh that is under way and starts a new one. A cancellation waits for the launches that are
// under way, and the provider waits for it for 15 minutes; a launch hook may hold a launch for longer.
func (c *Call) refresh(nodes *Resource, version string) error {
	held := nodes.State["held"] == true
	if status := nodes.State["refresh"]; held && (status == RefreshInProgress || status == RefreshCancelling) {
		nodes.State["refresh"] = RefreshCancelling
		return fmt.Errorf("starting Auto Scaling Group (%s) instance refresh: waiting for Auto Scaling Group (%s) instance "+
			"refresh cancel: timeout while waiting for state to become 'Cancelled' (last state: 'Cancelling', "+
			"timeout: 15m0s)", c.ID, c.ID)
	}
	nodes.State["refresh"] = RefreshInProgress
	if held {
		return nil
	}
	running, _ := nodes.State["versions"].([]any)
	for i := range running {
		running[i] = version
	}
	nodes.State["refresh"] = RefreshSuccessful
	return nil
}

// waitForCapacity waits, after a change of a size, for exactly as many nodes as the provider expects: it knows the
// desired capacity of the engine's state, not that of AWS.
func (c *Call) waitForCapacity(desired float64) error {
	known, isNumber := c.Known["desiredCapacity"].(float64)
	given, isGiven := c.In["desiredCapacity"].(float64)
	if !isNumber || c.Text("waitForCapacityTimeout") == "0" {
		return nil
	}
	if isGiven {
		known = given
	}
	if c.OldIn["minSize"] == c.In["minSize"] && known == c.Known["desiredCapacity"] {
		return nil
	}
	if want := max(known, c.number("minSize")); want != desired {
		return fmt.Errorf("waiting for Auto Scaling Group (%s) capacity satisfied: timeout while waiting for state to become "+
			"'ok' (last state: 'want exactly %.0f healthy instance(s) in Auto Scaling Group, have %.0f', timeout: %s)", c.ID,
			want, desired, c.Text("waitForCapacityTimeout"))
	}
	return nil
}

// Mixed reports whether the nodes of a group run different versions of its launch template, or another one than the
// group has.
func Mixed(group, nodes *Resource) bool {
	want := Texts(group.State, specification+".version")
	return slices.ContainsFunc(Texts(nodes.State, "versions[]"), func(v string) bool { return !slices.Contains(want, v) })
}
