package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// node is an instance of the group that is not being terminated.
type node struct {
	id, image string
	// release of Morpheus that its tag has.
	release string
}

// releaseTag is the tag with the release of Morpheus, of the group and of each node.
const releaseTag = "morpheus:version"

func sorted[V any](set map[string]V) []string { return slices.Sorted(maps.Keys(set)) }

// group returns the Auto Scaling group of the stack.
func (s *Subject) group(ctx context.Context) (*types.AutoScalingGroup, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	name := c.GroupName()
	found, err := s.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{name},
	})
	if err != nil {
		return nil, err
	}
	if len(found.AutoScalingGroups) == 0 {
		return nil, fmt.Errorf("the account has no group %s in %s: is the stack deployed?", name, s.Account.Region())
	}
	return &found.AutoScalingGroups[0], nil
}

// nodes of the group that are not being terminated.
func (s *Subject) nodes(ctx context.Context) ([]node, error) {
	group, err := s.group(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, i := range group.Instances {
		if !strings.HasPrefix(string(i.LifecycleState), "Terminat") {
			ids = append(ids, aws.ToString(i.InstanceId))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var out []node
	// A filter, because an instance that has just been terminated would be an error.
	pages := ec2.NewDescribeInstancesPaginator(s.Account.EC2(), &ec2.DescribeInstancesInput{
		Filters: []ec2types.Filter{{Name: aws.String("instance-id"), Values: ids}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, reservation := range page.Reservations {
			for _, i := range reservation.Instances {
				n := node{id: aws.ToString(i.InstanceId), image: aws.ToString(i.ImageId)}
				for _, tag := range i.Tags {
					if aws.ToString(tag.Key) == releaseTag {
						n.release = aws.ToString(tag.Value)
					}
				}
				out = append(out, n)
			}
		}
	}
	slices.SortFunc(out, func(a, b node) int { return strings.Compare(a.id, b.id) })
	return out, nil
}

// templateImage is the image of the launch template that the group has.
func (s *Subject) templateImage(ctx context.Context) (string, error) {
	group, err := s.group(ctx)
	if err != nil {
		return "", err
	}
	template, err := templateOf(group)
	if err != nil {
		return "", err
	}
	found, err := s.Account.EC2().DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: template.LaunchTemplateId, Versions: []string{aws.ToString(template.Version)},
	})
	if err != nil {
		return "", err
	}
	for _, v := range found.LaunchTemplateVersions {
		if v.LaunchTemplateData != nil {
			return aws.ToString(v.LaunchTemplateData.ImageId), nil
		}
	}
	return "", errors.New("the launch template of the group has no such version")
}

// allOfTemplate reports whether all nodes were launched from the version of the launch template that the group has.
func (s *Subject) allOfTemplate(ctx context.Context) (bool, error) {
	group, err := s.group(ctx)
	if err != nil {
		return false, err
	}
	template, err := templateOf(group)
	if err != nil {
		return false, err
	}
	n := 0
	for _, i := range group.Instances {
		if strings.HasPrefix(string(i.LifecycleState), "Terminat") {
			continue
		}
		if i.LaunchTemplate == nil || aws.ToString(i.LaunchTemplate.Version) != aws.ToString(template.Version) {
			return false, nil
		}
		n++
	}
	return n > 0, nil
}

// templateOf returns the launch template of a group.
func templateOf(group *types.AutoScalingGroup) (*types.LaunchTemplateSpecification, error) {
	if p := group.MixedInstancesPolicy; p != nil && p.LaunchTemplate != nil {
		if found := p.LaunchTemplate.LaunchTemplateSpecification; found != nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("the group %s has no launch template", aws.ToString(group.AutoScalingGroupName))
}

// groupRelease is the release of Morpheus that new nodes of the group get.
func (s *Subject) groupRelease(ctx context.Context) (string, error) {
	group, err := s.group(ctx)
	if err != nil {
		return "", err
	}
	for _, tag := range group.Tags {
		if aws.ToString(tag.Key) == releaseTag {
			return aws.ToString(tag.Value), nil
		}
	}
	return "", nil
}

// refuseSecondRollout refuses a change of the nodes while a rollout of another one runs: the provider would cancel it, and
// wait for that.
func (s *Subject) refuseSecondRollout(ctx context.Context, deployed func(context.Context) (bool, error)) error {
	if yes, err := deployed(ctx); yes || err != nil {
		return err
	}
	runs, err := s.runs(ctx)
	if err == nil && runs {
		err = fmt.Errorf("a rollout is under way: wait for it (ops rollout --stack %s --wait), or end it "+
			"(ops rollout --stack %s --cancel --yes)", s.Stack, s.Stack)
	}
	return err
}
