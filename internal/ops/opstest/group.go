package opstest

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/stretchr/testify/require"
)

// NewGroup makes an Auto Scaling group with nodes in service and returns their ids.
func (g *Given) NewGroup(t *testing.T, name string, nodes int32) []string {
	t.Helper()
	images, err := ec2.NewFromConfig(g.Direct).RegisterImage(t.Context(), &ec2.RegisterImageInput{Name: aws.String("node")})
	require.NoError(t, err)
	groups := autoscaling.NewFromConfig(g.Direct)
	_, err = groups.CreateLaunchConfiguration(t.Context(), &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: &name, ImageId: images.ImageId, InstanceType: aws.String("m5.xlarge"),
	})
	require.NoError(t, err)
	_, err = groups.CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, LaunchConfigurationName: &name, MinSize: &nodes, MaxSize: aws.Int32(nodes + 3),
		DesiredCapacity: &nodes, AvailabilityZones: []string{Region + "a", Region + "b", Region + "c"},
	})
	require.NoError(t, err)
	found, err := groups.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(t, err)
	var ids []string
	for _, node := range found.AutoScalingGroups[0].Instances {
		ids = append(ids, aws.ToString(node.InstanceId))
	}
	require.Len(t, ids, int(nodes))
	return ids
}

// Hurry is a clock whose waits end at once.
type Hurry struct{ now time.Time }

// Now implements steps.Clock.
func (h *Hurry) Now() time.Time { return h.now }

// Sleep implements steps.Clock.
func (h *Hurry) Sleep(ctx context.Context, d time.Duration) error {
	h.now = h.now.Add(d)
	return ctx.Err()
}
