package simaws

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
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

// Followed adds what a stack takes over of another one to the account, and returns the other one's outputs by the name of
// its stack; none for a stack with data of its own.
func Followed(a *account.Account, get func(key string) string) map[string]map[string]any {
	if get("recovery.role") != config.RoleRecovery {
		return nil
	}
	stack, from, here := get("recovery.primaryStack"), get("recovery.primaryRegion"), get("aws.region")
	arn := func(service, resource string) string {
		return "arn:" + a.Partition + ":" + service + ":" + here + ":" + a.ID + ":" + resource
	}
	version := get("database.engineVersion")
	secret := func(name string) string {
		return arn("secretsmanager", "secret:morpheus-"+stack+"-"+name+"-0a1b2c-AbCdEf")
	}
	key := arn("kms", "key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")
	// The other stack has the record by which ACM validates the host name.
	record := awstypes.ValidationRecord(a.ID, get("dns.hostName"))
	a.Exists("", awstoken.Route53Record, get("dns.hostedZoneId")+"_"+record+"_CNAME", account.Values{
		"zoneId": get("dns.hostedZoneId"), "name": record, "type": "CNAME",
	})
	files := func(id string, state account.Values) {
		maps.Copy(state, account.Values{
			"arn": arn("elasticfilesystem", "file-system/"+id), "dnsName": id + ".efs." + here + "." + a.DNSSuffix(), "encrypted": true,
		})
		a.Exists(here, awstoken.EFSFileSystem, id, state)
	}
	if get("recovery.mode") == config.RecoveryRestored {
		if id := get("recovery.fileSystemId"); id != "" {
			files(id, account.Values{})
		}
		return map[string]map[string]any{stack: {contract.Output: map[string]any{
			"version": float64(contract.Version), "readable": float64(contract.Readable), "region": from, "recoveryRegion": here,
			"recoveryStack": "recovery", "mode": config.RecoveryBackup, "databaseVersion": version,
			"applianceSecretArn": secret("cluster-appliance"), "secretsKeyArn": key,
		}}}
	}
	global := config.GlobalDatabaseOf(stack)
	a.Exists(from, awstoken.RDSGlobalCluster, global, account.Values{
		"globalClusterIdentifier": global, "engineVersion": version, "globalClusterMembers": []any{map[string]any{
			"dbClusterArn": "arn:" + a.Partition + ":rds:" + from + ":" + a.ID + ":cluster:morpheus-" + stack, "isWriter": true,
		}},
	})
	const id = "fs-0f1e2d3c4b5a69788"
	files(id, account.Values{"copyOf": "fs-00000000000000001"})
	return map[string]map[string]any{stack: {contract.Output: map[string]any{
		"version": float64(contract.Version), "readable": float64(contract.Readable), "region": from, "recoveryRegion": here,
		"recoveryStack": "recovery", "mode": config.RecoveryPilotLight, "databaseVersion": version, "fileSystemId": id,
		"applianceSecretArn": secret("cluster-appliance"), "databaseSecretArn": secret("database-user-secret"),
		"databaseAdminSecretArn": secret("database-administrator-secret"),
		"secretsKeyArn":          key,
	}}}
}

// Furnish adds what a configuration names to the account.
func (s *Server) Furnish(get func(key string) string) { Furnish(s.account, get) }

// Followed adds what a configuration takes over of another stack; see the function.
func (s *Server) Followed(get func(key string) string) map[string]map[string]any {
	return Followed(s.account, get)
}
