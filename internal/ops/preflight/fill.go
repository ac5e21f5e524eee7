package preflight

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Answers are what only a person knows about a new stack.
type Answers struct {
	HostName string
	Clients  []string
	// Package is the URL of the appliance package; PackageSHA256 is required unless S3 has it.
	Package, PackageSHA256 string
	// Bucket has the node tools; empty for morpheus-node-tools-<account>.
	Bucket string
}

// Setting is a key that Fill has set, and where its value comes from.
type Setting struct{ Key, Value, Source string }

// Filled is a stack file with everything that could be found out.
type Filled struct {
	Settings []Setting
	// Text is the content of the stack file.
	Text []byte
}

// prodNames are the names in Pulumi.prod.yaml that an account has once; other stacks have names of their own.
var prodNames = []string{"filesystem.name", "messaging.name", "search.name"}

// filler collects settings.
type filler struct {
	account  *account.Account
	answers  Answers
	document *yaml.Node
	settings []Setting
	missing  []string
}

// Fill sets the keys of a new stack in the content of an example: the account, hosted zone, checksums, service-linked
// roles and zones are found out, the others are the answers. defaults is the content of Pulumi.yaml. It fails with all
// that it could not find out. It changes nothing.
func Fill(ctx context.Context, a *account.Account, name string, defaults, example []byte, answers Answers) (Filled, error) {
	f := &filler{account: a, answers: answers, document: &yaml.Node{}}
	if err := yaml.Unmarshal(example, f.document); err != nil {
		return Filled{}, fmt.Errorf("example: %w", err)
	}
	who, err := a.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Filled{}, err
	}
	id := aws.ToString(who.Account)
	f.set("aws.accountId", id, "the credentials")
	f.set("aws.region", a.Region(), "the SDK's configuration, or --region")
	f.set("network.allowedClientCidrs", answers.Clients, "--clients")
	f.set("dns.hostName", answers.HostName, "--host")
	if name != "prod" {
		for _, key := range prodNames {
			f.remove(key)
		}
	}
	if err := errors.Join(f.hostedZone(ctx), f.applianceFile(ctx), f.tools(ctx, id), f.serviceRoles(ctx)); err != nil {
		return Filled{}, err
	}
	if len(f.missing) > 0 {
		return Filled{}, fmt.Errorf("could not find out: %s", strings.Join(f.missing, "; "))
	}
	// The zones depend on the types of the configuration, so it is read first with those of the example.
	c, err := f.parse(defaults, name)
	if err != nil {
		return Filled{}, err
	}
	if err := f.zones(ctx, c); err != nil {
		return Filled{}, err
	}
	text, err := f.text()
	if err != nil {
		return Filled{}, err
	}
	_, err = stack.Parse(defaults, text, name)
	return Filled{Settings: f.settings, Text: text}, err
}

func (f *filler) text() ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(f.document)
	return out.Bytes(), err
}

func (f *filler) parse(defaults []byte, name string) (*config.Config, error) {
	text, err := f.text()
	if err != nil {
		return nil, err
	}
	return stack.Parse(defaults, text, name)
}

// section returns the mapping of a section, which it creates if there is none.
func (f *filler) section(name string) *yaml.Node {
	root := f.document.Content[0]
	return below(below(root, "config"), config.Namespace+":"+name)
}

// below returns the value of a key in a mapping; a new mapping if there is none.
func below(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	value := &yaml.Node{Kind: yaml.MappingNode}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	return value
}

// set replaces the value of a key with a text or a list of texts.
func (f *filler) set(key string, value any, source string) {
	section, name, _ := strings.Cut(key, ".")
	into := below(f.section(section), name)
	shown := fmt.Sprint(value)
	switch v := value.(type) {
	case string:
		*into = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v}
	case []string:
		*into = yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, one := range v {
			into.Content = append(into.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: one})
		}
		shown = strings.Join(v, ", ")
	}
	f.settings = append(f.settings, Setting{Key: key, Value: shown, Source: source})
}

func (f *filler) remove(key string) {
	section, name, _ := strings.Cut(key, ".")
	mapping := f.section(section)
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
			return
		}
	}
}

// hostedZone finds the public zone with the longest name that the host name ends with.
func (f *filler) hostedZone(ctx context.Context) error {
	best, id := "", ""
	pages := route53.NewListHostedZonesPaginator(f.account.Route53(), &route53.ListHostedZonesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, zone := range page.HostedZones {
			name := strings.TrimSuffix(aws.ToString(zone.Name), ".")
			private := zone.Config != nil && zone.Config.PrivateZone
			if !private && len(name) > len(best) && (f.answers.HostName == name || strings.HasSuffix(f.answers.HostName, "."+name)) {
				best, id = name, strings.TrimPrefix(aws.ToString(zone.Id), "/hostedzone/")
			}
		}
	}
	if id == "" {
		f.missing = append(f.missing, "the account has no public hosted zone for "+f.answers.HostName)
		return nil
	}
	f.set("dns.hostedZoneId", id, "the hosted zone "+best)
	return nil
}

// checksum returns the SHA-256 that S3 has of an object; empty if it has none.
func (f *filler) checksum(ctx context.Context, bucket, key string) (sum string, exists bool, err error) {
	found, err := f.account.S3().HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	})
	var missing *types.NotFound
	switch {
	case errors.As(err, &missing) || account.IsCode(err, "NoSuchBucket", "NoSuchKey", "NotFound"):
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	digest, err := base64.StdEncoding.DecodeString(aws.ToString(found.ChecksumSHA256))
	if err != nil {
		return "", true, nil //nolint:nilerr // that of a multipart upload
	}
	return hex.EncodeToString(digest), true, nil
}

func (f *filler) applianceFile(ctx context.Context) error {
	url, sum, source := f.answers.Package, f.answers.PackageSHA256, "--package-sha256"
	if path, inS3 := strings.CutPrefix(url, "s3://"); inS3 && sum == "" {
		bucket, key, _ := strings.Cut(path, "/")
		found, exists, err := f.checksum(ctx, bucket, key)
		switch {
		case err != nil:
			return err
		case !exists:
			f.missing = append(f.missing, "there is no "+url)
			return nil
		}
		sum, source = found, "S3"
	}
	if sum == "" {
		f.missing = append(f.missing, "the SHA-256 of the package: give --package-sha256, or upload it with "+
			"aws s3 cp --checksum-algorithm SHA256")
		return nil
	}
	f.set("morpheus.packageUrl", url, "--package")
	f.set("morpheus.packageSha256", sum, source)
	return nil
}

// toolKeys are the configuration keys of the tools' checksums.
var toolKeys = map[string]string{
	"aws-cli": "nodeTools.awsCliSha256", "efs-utils": "nodeTools.efsUtilsSha256",
	"cloudwatch-agent": "nodeTools.cloudwatchAgentSha256", "rds-ca": "nodeTools.rdsCaSha256",
}

func (f *filler) tools(ctx context.Context, id string) error {
	bucket := f.answers.Bucket
	if bucket == "" {
		bucket = "morpheus-node-tools-" + id
	}
	sums := map[string]string{}
	for _, tool := range boot.Tools {
		sum, _, err := f.checksum(ctx, bucket, tool.Key)
		if err != nil {
			return err
		}
		if sum != "" {
			sums[tool.Name] = sum
		}
	}
	if len(sums) < len(boot.Tools) {
		f.missing = append(f.missing, fmt.Sprintf("the bucket %s has %d of the %d node tools with a SHA-256; upload them with "+
			"go run ./tools/node-tools -bucket %s", bucket, len(sums), len(boot.Tools), bucket))
		return nil
	}
	f.set("nodeTools.bucket", bucket, "S3")
	for _, tool := range boot.Tools {
		f.set(toolKeys[tool.Name], sums[tool.Name], "S3")
	}
	return nil
}

func (f *filler) serviceRoles(ctx context.Context) error {
	for key, name := range map[string]string{
		"serviceLinkedRoles.autoscaling": autoScalingRole, "serviceLinkedRoles.opensearch": openSearchRole,
	} {
		_, err := f.account.IAM().GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		switch {
		case account.IsCode(err, "NoSuchEntity"):
			f.set(key, config.RoleCreate, "the account has no role "+name)
		case err != nil:
			return err
		default:
			f.set(key, config.RoleExisting, "the account has the role "+name)
		}
	}
	return nil
}

// zones chooses as many zones as the example has, of those that offer everything.
func (f *filler) zones(ctx context.Context, c *config.Config) error {
	if c.Network.Given() {
		return nil
	}
	all, err := (&Subject{Config: c, Account: f.account}).completeZones(ctx)
	if err != nil {
		return err
	}
	n := len(c.Network.AvailabilityZones)
	if len(all) < n {
		return fmt.Errorf("%d zones of %s offer all types of the configuration, and %d are needed: %s", len(all), f.account.Region(),
			n, strings.Join(all, ", "))
	}
	f.set("network.availabilityZones", all[:n], "the zones that offer all types")
	return nil
}

// completeZones are the zones that offer the types of all tiers, sorted.
func (s *Subject) completeZones(ctx context.Context) ([]string, error) {
	nodes, _, err := s.nodeOffers(ctx)
	if err != nil {
		return nil, err
	}
	database, err := s.databaseOffers(ctx)
	if err != nil {
		return nil, err
	}
	broker, err := s.brokerOffers(ctx)
	if err != nil {
		return nil, err
	}
	search, err := s.searchOffers(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for zone := range nodes {
		complete := slices.Contains(database, zone) && slices.Contains(broker, zone)
		for _, name := range s.searchTypes() {
			complete = complete && slices.Contains(search[name], zone)
		}
		if complete {
			out = append(out, zone)
		}
	}
	slices.Sort(out)
	return out, nil
}
