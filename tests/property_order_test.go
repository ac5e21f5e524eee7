package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// The engine makes resources side by side, so what exists when AWS checks a request differs between two deployments,
// but for what the resource waits for. A run must refuse a missing dependency whatever the order was: here the VPC
// exists, and nothing says that the subnet waits for it.
func TestARunSeesOnlyWhatAResourceWaitsFor(t *testing.T) {
	subnet := func(waits bool) error {
		_, err := launch{Stack: "prod", Program: func(ctx *pulumi.Context) error {
			provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
			if err != nil {
				return err
			}
			vpc, err := ec2.NewVpc(ctx, "vpc", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")}, pulumi.Provider(provider))
			if err != nil {
				return err
			}
			made := make(chan pulumi.ID, 1)
			vpc.ID().ApplyT(func(id pulumi.ID) pulumi.ID { made <- id; return id })
			args := &ec2.SubnetArgs{VpcId: pulumi.String(<-made), CidrBlock: pulumi.String("10.0.0.0/24")}
			if waits {
				args.VpcId = vpc.ID()
			}
			_, err = ec2.NewSubnet(ctx, "subnet", args, pulumi.Provider(provider))
			return err
		}}.Start()
		return err
	}
	require.NoError(t, subnet(true))
	require.ErrorContains(t, subnet(false), "InvalidVpcID.NotFound", "in another run the subnet may be made first")
}

// allBefore is everything that exists before a resource is made.
func allBefore(r *recorder, res *registered) []*registered {
	var out []*registered
	seen := map[string]bool{}
	var walk func(*registered)
	walk = func(from *registered) {
		for _, urn := range waitsFor(from) {
			if next := r.ByURN[urn]; next != nil && !seen[urn] {
				seen[urn] = true
				out = append(out, next)
				walk(next)
			}
		}
	}
	walk(res)
	return out
}

// Ids that depend on the order would differ between two runs, and with them the size of the user data and every message
// that has one. Passwords and what is made of them are random on purpose.
func TestTwoRunsHaveTheSameIDs(t *testing.T) {
	first := deployed(t, "prod")
	again, err := run(t, "prod", nil)
	require.NoError(t, err)
	looked := 0
	for _, res := range first.AWS() {
		if hasRandom(first, res) {
			continue
		}
		looked++
		if other := again.ByURN[res.URN]; other.ID != res.ID {
			t.Errorf("%s has the id %s in one run and %s in another: the simulated AWS must make ids of the request alone",
				res.Name, res.ID, other.ID)
		}
	}
	t.Logf("looked at %d ids", looked)
}

// hasRandom says whether a resource waits for something of the random provider.
func hasRandom(r *recorder, res *registered) bool {
	return slices.ContainsFunc(allBefore(r, res), func(earlier *registered) bool {
		return strings.HasPrefix(earlier.Token, "random:")
	})
}

// A balancer, a flow log or a node that writes into a bucket before its settings exist leaves objects that are not
// encrypted with the stack's key, have no versions, or came without TLS. The expiry of objects may come later.
func TestNothingWritesIntoABucketBeforeItsSettings(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, bucket := range d.OfType(awstoken.S3Bucket) {
			for _, writer := range d.AWS() {
				if !writesInto(d.recorder, writer, bucket) {
					continue
				}
				before := allBefore(d.recorder, writer)
				for _, setting := range d.AWS() {
					if setting.Get("bucket") != bucket.ID || setting.Token == awstoken.S3BucketLifecycle {
						continue
					}
					p.is(setting == bucket || slices.Contains(before, setting), "%s writes into %s and must wait for %s: add it "+
						"to Ready of the bucket", writer.Name, bucket.Name, setting.Name)
				}
			}
		}
	})
}

// writesInto reports whether AWS or a node writes into the bucket on behalf of the resource. Nodes write into the
// buckets of their component.
func writesInto(r *recorder, res, bucket *registered) bool {
	switch res.Token {
	case awstoken.LBLoadBalancer, awstoken.EC2FlowLog:
		return strings.Contains(fmt.Sprint(provider.Plain(res.Checked)), bucket.ID)
	case awstoken.AutoScalingGroup:
		return r.ByURN[bucket.Parent].Parent == res.Parent
	}
	return false
}
