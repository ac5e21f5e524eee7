package change

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Image is an image of nodes.
type Image struct {
	ID string
	// Serial is Canonical's date of it, such as 20260401 or 20260401.1; empty for an image of your own.
	Serial string
	// Made is zero if the account does not see the image any more.
	Made time.Time
}

// String has the age in days.
func (i Image) describe(now time.Time) string {
	out := i.ID
	if i.Serial != "" {
		out = i.Serial + " (" + i.ID + ")"
	}
	if i.Made.IsZero() {
		return out + ", which is not there any more"
	}
	return fmt.Sprintf("%s, %d days old", out, int(now.Sub(i.Made).Hours()/24))
}

// Images is what a stack's nodes run and could run.
type Images struct {
	// Configured is the image of new nodes, and Newest the newest that fits; nil for an image of your own, of which only
	// you know the next one.
	Configured Image
	Newest     *Image
	// Others are the nodes that do not run the configured image, by instance.
	Others map[string]Image
	// Nodes is the number of nodes that are not being terminated.
	Nodes int
}

// Lines for people.
func (i *Images) Lines(now time.Time) []string {
	out := []string{"configured: " + i.Configured.describe(now)}
	switch {
	case i.Newest == nil:
		out = append(out, "newest: not known for an image of your own")
	case i.Newest.ID == i.Configured.ID:
		out = append(out, "newest: it is the configured one")
	default:
		out = append(out, "newest: "+i.Newest.describe(now))
	}
	out = append(out, fmt.Sprintf("nodes: %d of %d run the configured image", i.Nodes-len(i.Others), i.Nodes))
	for _, id := range sorted(i.Others) {
		out = append(out, fmt.Sprintf("not compliant: %s runs %s", id, i.Others[id].describe(now)))
	}
	return out
}

// parameterSerial is the part of cluster.imageParameter that names an image.
var parameterSerial = regexp.MustCompile(`/stable/([^/]+)/`)

// imageSerial is the end of the name that Canonical gives an image, such as
// ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260401.
var imageSerial = regexp.MustCompile(`-(\d{8}(\.\d+)?)$`)

// withSerial returns the parameter of another image of the same release, machine and disk.
func withSerial(parameter, serial string) string {
	return parameterSerial.ReplaceAllString(parameter, "/stable/"+serial+"/")
}

// parameter returns the image that a public parameter names.
func (s *Subject) parameter(ctx context.Context, name string) (id string, err error) {
	got, err := s.Account.SSM().GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if account.IsCode(err, "ParameterNotFound") {
		return "", fmt.Errorf("%s: %s has no such parameter: Canonical has not published the image there, or has removed it",
			name, s.Account.Region())
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(got.Parameter.Value), nil
}

// describeImages returns the images that the account still sees.
func (s *Subject) describeImages(ctx context.Context, ids []string) (map[string]Image, error) {
	out := map[string]Image{}
	for _, id := range ids {
		out[id] = Image{ID: id}
	}
	if len(ids) == 0 {
		return out, nil
	}
	// A filter, because an id that is not there any more would be an error.
	found, err := s.Account.EC2().DescribeImages(ctx, &ec2.DescribeImagesInput{
		IncludeDeprecated: aws.Bool(true), Filters: []ec2types.Filter{{Name: aws.String("image-id"), Values: ids}},
	})
	if err != nil {
		return nil, err
	}
	for _, image := range found.Images {
		one := Image{ID: aws.ToString(image.ImageId)}
		if made, err := time.Parse(time.RFC3339, aws.ToString(image.CreationDate)); err == nil {
			one.Made = made
		}
		if parts := imageSerial.FindStringSubmatch(aws.ToString(image.Name)); parts != nil &&
			strings.HasPrefix(aws.ToString(image.Name), "ubuntu/images/") {
			one.Serial = parts[1]
		}
		out[one.ID] = one
	}
	return out, nil
}

// Images looks at the images of the nodes, of the configuration, and at the newest one.
func (s *Subject) Images(ctx context.Context) (*Images, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, err
	}
	configured, newest := c.Cluster.ImageID, ""
	if configured == "" {
		if configured, err = s.parameter(ctx, c.Cluster.ImageParameter); err != nil {
			return nil, err
		}
		if newest, err = s.parameter(ctx, withSerial(c.Cluster.ImageParameter, "current")); err != nil {
			return nil, err
		}
	}
	ids := map[string]bool{configured: true}
	if newest != "" {
		ids[newest] = true
	}
	for _, n := range nodes {
		ids[n.image] = true
	}
	images, err := s.describeImages(ctx, sorted(ids))
	if err != nil {
		return nil, err
	}
	out := &Images{Configured: images[configured], Others: map[string]Image{}, Nodes: len(nodes)}
	if newest != "" {
		image := images[newest]
		out.Newest = &image
	}
	for _, n := range nodes {
		if n.image != configured {
			out.Others[n.id] = images[n.image]
		}
	}
	return out, nil
}

// Patch plans a rollout of an image: the newest one for an empty text, otherwise a serial or the id of an image.
func (s *Subject) Patch(ctx context.Context, images *Images, to string) (*Plan, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	setting, id, err := s.image(ctx, c, images, to)
	if err != nil {
		return nil, err
	}
	deployed := func(ctx context.Context) (bool, error) {
		template, err := s.templateImage(ctx)
		return template == id, err
	}
	complete := func(ctx context.Context) (bool, error) {
		nodes, err := s.nodes(ctx)
		for _, n := range nodes {
			if n.image != id {
				return false, err
			}
		}
		return len(nodes) > 0, err
	}
	if err := s.refuseSecondRollout(ctx, deployed); err != nil {
		return nil, err
	}
	configure, err := s.configure("configure", []stack.Setting{setting})
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	if warning := versions.CheckImage(serialOf(setting), s.clock().Now()); warning != "" {
		plan.Warnings = append(plan.Warnings, warning)
	}
	if older(c.Cluster.ImageParameter, setting) {
		plan.Warnings = append(plan.Warnings, "this image is older than the configured one: it lacks security updates")
	}
	gate := health{groups: []string{nodeChecks, balancerChecks}, differs: []string{"nodes-rollout"}}
	plan.Steps = append([]steps.Step{s.healthyBefore(gate, deployed), configure},
		s.rollout(rollout{
			does: "the nodes are replaced by nodes of the image " + id, deployed: deployed, complete: complete,
		})...)
	plan.Steps = append(plan.Steps, s.healthyAfter(gate, complete))
	back := serialOf(stack.Setting{Key: imageParameterKey, Value: c.Cluster.ImageParameter})
	if c.Cluster.ImageID != "" {
		back = c.Cluster.ImageID
	}
	if value := valueOf(c, setting.Key); value != setting.Value && back != "" {
		plan.WayBack = []string{fmt.Sprintf("ops patch --stack %s --to %s --yes", s.Stack, back)}
	}
	return plan, nil
}

// image returns the setting for an image, and its id.
func (s *Subject) image(ctx context.Context, c *config.Config, images *Images, to string) (stack.Setting, string, error) {
	switch {
	case strings.HasPrefix(to, "ami-"):
		return stack.Setting{Key: imageIDKey, Value: to}, to, nil
	case c.Cluster.ImageID != "" && to == "":
		return stack.Setting{Key: imageIDKey, Value: c.Cluster.ImageID}, c.Cluster.ImageID, nil
	case c.Cluster.ImageID != "":
		return stack.Setting{}, "", fmt.Errorf("--to: must be the id of an image such as ami-0a1b2c3d4e5f60718, got %q: "+
			"cluster.imageId is set, and goes before cluster.imageParameter", to)
	case to == "" && images.Newest.Serial == "":
		return stack.Setting{}, "", fmt.Errorf("the name of the newest image %s has no serial: give --to", images.Newest.ID)
	case to == "":
		to = images.Newest.Serial
	}
	name := withSerial(c.Cluster.ImageParameter, to)
	id, err := s.parameter(ctx, name)
	return stack.Setting{Key: imageParameterKey, Value: name}, id, err
}

// serialOf returns the serial of cluster.imageParameter; empty for another key.
func serialOf(setting stack.Setting) string {
	parts := parameterSerial.FindStringSubmatch(setting.Value)
	if setting.Key != imageParameterKey || parts == nil {
		return ""
	}
	return parts[1]
}

// older reports whether a setting names an earlier image than a parameter does.
func older(parameter string, setting stack.Setting) bool {
	serial := serialOf(setting)
	return serial != "" && versions.Lowered(serialOf(stack.Setting{Key: imageParameterKey, Value: parameter}), serial)
}
