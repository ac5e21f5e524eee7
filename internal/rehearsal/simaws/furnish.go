package simaws

import (
	"encoding/json"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// Furnish adds what a configuration names and a stack only reads: objects, functions, a certificate, a snapshot, a
// secret, a boundary. get returns the value of a key, empty if there is none. So a rehearsal accepts the values of a
// real account.
func Furnish(a *account.Account, get func(key string) string) {
	region := get("aws.region")
	add := func(region, token, id string, state account.Values) {
		if id == "" {
			return
		}
		if _, err := a.Read(account.Request{Region: region, Token: token, ID: id}); err != nil {
			a.Exists(region, token, id, state)
		}
	}
	if bucket := get("nodeTools.bucket"); bucket != "" {
		add(region, awstoken.S3Bucket, bucket, account.Values{"bucket": bucket})
		for _, id := range FixtureObjects {
			if key, of := strings.CutPrefix(id, ToolsBucket+"/"); of {
				add(region, awstypes.S3Object, bucket+"/"+key, account.Values{"contentLength": 1.0})
			}
		}
	}
	for _, key := range []string{"morpheus.packageUrl", "morpheus.supplementalUrl"} {
		if object, inS3 := strings.CutPrefix(get(key), "s3://"); inS3 {
			add(region, awstypes.S3Object, object, account.Values{"contentLength": 1.0})
		}
	}
	if arn := get("loadBalancer.certificateArn"); arn != "" { // whatever its name was: only ACM knows that
		a.Exists(region, awstoken.ACMCertificate, arn, issued(arn, get("dns.hostName")))
	}
	var functions []string
	if json.Unmarshal([]byte(get("notifications.functionArns")), &functions) == nil {
		for _, arn := range functions {
			add(region, awstypes.LambdaFunction, arn, account.Values{"arn": arn})
		}
	}
	snapshot := get("database.snapshotIdentifier")
	add(region, awstypes.RDSClusterSnapshot, snapshot, account.Values{"arn": snapshot})
	for key, token := range map[string]string{
		"morpheus.setupSecretArn":    awstoken.SecretsManagerSecret,
		"access.permissionsBoundary": awstypes.IAMPolicy,
		"loadBalancer.webAclArn":     awstypes.WAFWebACL,
		"monitoring.anomalyMonitor":  awstoken.CostAnomalyMonitor,
	} {
		arn := get(key)
		in := region
		if token == awstypes.IAMPolicy || token == awstoken.CostAnomalyMonitor {
			in = ""
		}
		if !strings.HasPrefix(arn, "arn:") {
			continue
		}
		state := account.Values{"arn": arn}
		if parts := strings.Split(arn, "/"); len(parts) > 2 && token == awstypes.WAFWebACL {
			state["name"] = parts[2]
		}
		add(in, token, arn, state)
	}
}

// Furnish adds what a configuration names to the account.
func (s *Server) Furnish(get func(key string) string) { Furnish(s.account, get) }
