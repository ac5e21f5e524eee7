package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/opensearch/types"
)

// search reboots a data node: the only loss of a node that OpenSearch Service offers.
// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_StartDomainMaintenance.html
type search struct {
	*run
	victim, maintenance string
}

// dataNodes in the order of their ids.
func (d *search) dataNodes(ctx context.Context) ([]types.DomainNodesStatus, error) {
	found, err := d.subject.Account.OpenSearch().DescribeDomainNodes(ctx, &opensearch.DescribeDomainNodesInput{
		DomainName: &d.subject.Config.Search.Name,
	})
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(found.DomainNodesStatusList, func(n types.DomainNodesStatus) bool {
		return n.NodeType != types.NodeTypeData
	})
	slices.SortFunc(out, func(a, b types.DomainNodesStatus) int {
		return strings.Compare(aws.ToString(a.NodeId), aws.ToString(b.NodeId))
	})
	return out, nil
}

func (d *search) health(ctx context.Context) (types.DomainHealth, error) {
	found, err := d.subject.Account.OpenSearch().DescribeDomainHealth(ctx, &opensearch.DescribeDomainHealthInput{
		DomainName: &d.subject.Config.Search.Name,
	})
	if err != nil {
		return "", err
	}
	return found.ClusterHealth, nil
}

func (d *search) look(ctx context.Context) ([]Fact, []string, error) {
	nodes, err := d.dataNodes(ctx)
	if err != nil {
		return nil, nil, err
	}
	health, err := d.health(ctx)
	if err != nil {
		return nil, nil, err
	}
	name := d.subject.Config.Search.Name
	facts := []Fact{{Name: "domain " + name, Value: string(health)}}
	var problems []string
	if len(nodes) < leastSpare {
		problems = append(problems, fmt.Sprintf("the domain %s has %d data node: no other one has its indexes", name, len(nodes)))
	}
	if health != types.DomainHealthGreen {
		problems = append(problems, fmt.Sprintf("the domain %s is %s: an index has no copy to lose", name, health))
	}
	for _, n := range nodes {
		facts = append(facts, Fact{
			Name: "data node " + aws.ToString(n.NodeId), Value: fmt.Sprintf("%s in %s", n.NodeStatus, aws.ToString(n.AvailabilityZone)),
		})
		if n.NodeStatus != types.NodeStatusActive {
			problems = append(problems, fmt.Sprintf("the data node %s is %s", aws.ToString(n.NodeId), n.NodeStatus))
		}
	}
	if len(problems) == 0 {
		d.victim = aws.ToString(nodes[0].NodeId)
	}
	return facts, problems, nil
}

func (d *search) does() string {
	return fmt.Sprintf("reboot the data node %s of %s (opensearch StartDomainMaintenance, REBOOT_NODE)", d.victim,
		d.subject.Config.Search.Name)
}

func (d *search) inject(ctx context.Context) error {
	started, err := d.subject.Account.OpenSearch().StartDomainMaintenance(ctx, &opensearch.StartDomainMaintenanceInput{
		DomainName: &d.subject.Config.Search.Name, Action: types.MaintenanceTypeRebootNode, NodeId: &d.victim,
	})
	if err != nil {
		return err
	}
	d.maintenance = aws.ToString(started.MaintenanceId)
	return nil
}

// rebooted reports whether the maintenance is over. It fails if AWS gave up.
func (d *search) rebooted(ctx context.Context) (bool, string, error) {
	found, err := d.subject.Account.OpenSearch().GetDomainMaintenanceStatus(ctx, &opensearch.GetDomainMaintenanceStatusInput{
		DomainName: &d.subject.Config.Search.Name, MaintenanceId: &d.maintenance,
	})
	if err != nil {
		return false, "", err
	}
	switch found.Status {
	case types.MaintenanceStatusFailed, types.MaintenanceStatusTimedOut:
		return false, "", fmt.Errorf("AWS could not reboot %s: %s, %s", d.victim, found.Status, aws.ToString(found.StatusMessage))
	case types.MaintenanceStatusPending, types.MaintenanceStatusInProgress, types.MaintenanceStatusCompleted:
	}
	return found.Status == types.MaintenanceStatusCompleted, "the reboot is " + string(found.Status), nil
}

// noticed when the node or the domain shows it, or the reboot was over before a look.
func (d *search) noticed(ctx context.Context) (bool, string, error) {
	nodes, err := d.dataNodes(ctx)
	if err != nil {
		return false, "", err
	}
	for _, n := range nodes {
		if aws.ToString(n.NodeId) == d.victim && n.NodeStatus != types.NodeStatusActive {
			return true, fmt.Sprintf("the data node %s is %s", d.victim, n.NodeStatus), nil
		}
	}
	health, err := d.health(ctx)
	if err != nil {
		return false, "", err
	}
	if health != types.DomainHealthGreen {
		return true, "the domain is " + string(health), nil
	}
	return d.rebooted(ctx)
}

func (d *search) whole(ctx context.Context) (bool, string, error) {
	over, shows, err := d.rebooted(ctx)
	if err != nil || !over {
		return false, shows, err
	}
	nodes, err := d.dataNodes(ctx)
	if err != nil {
		return false, "", err
	}
	for _, n := range nodes {
		if n.NodeStatus != types.NodeStatusActive {
			return false, fmt.Sprintf("the data node %s is %s", aws.ToString(n.NodeId), n.NodeStatus), nil
		}
	}
	health, err := d.health(ctx)
	return health == types.DomainHealthGreen, "the domain is " + string(health), err
}
