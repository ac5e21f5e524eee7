package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func opensearchTypes() []Type {
	return []Type{{
		Token: awstoken.OpenSearchDomain,
		Simulation: Simulation{
			ID: "{arn}", ARN: "es:{region}:{account}:domain/{domainName}", Unique: "domainName",
			Duration: Duration{Create: 1500, Update: 3600, Delete: 900},
			References: []Reference{
				toSubnets("vpcOptions.subnetIds[]"), toSecurityGroups("vpcOptions.securityGroupIds[]"),
				toKey("encryptAtRest.kmsKeyId"),
				{
					Path: "logPublishingOptions[].cloudwatchLogGroupArn", To: []string{awstoken.LogGroup}, By: "arn",
					NotFound: "ValidationException",
				},
			},
			Rules:   domainRules,
			Outputs: domainOutputs,
		},
		Provider: Provider{
			Source:    "opensearch/domain",
			Autonamed: "domainName", NameLimit: 28,
			Checks: map[string][]Check{
				"domainName":     {matches(`^[a-z][0-9a-z-]{2,27}$`)},
				"accessPolicies": {isJSON},
			},
			// Newer than the provider version of the schema:
			// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html
			AlsoAccepted: map[string][]any{
				"domainEndpointOptions.tlsSecurityPolicy": {"Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"},
			},
		},
		Permissions: &Permissions{
			Read:      actions("es: DescribeDomain DescribeDomainConfig GetCompatibleVersions GetUpgradeStatus ListTags"),
			Write:     actions("es: CreateDomain UpdateDomainConfig UpgradeDomain DeleteDomain AddTags RemoveTags"),
			Dependent: actions("kms: CreateGrant"),
		},
		Listing: &Listing{
			Kind: "search domain", Service: "es", Call: "/2021-01-01/domain", ID: `"DomainName": ?"([^"]+)`,
		},
		Example: Values{
			"domainName": "app", "engineVersion": "OpenSearch_2.19",
			"clusterConfig": Values{
				"instanceType": "r6g.large.search", "instanceCount": 3, "zoneAwarenessEnabled": true,
				"zoneAwarenessConfig":    Values{"availabilityZoneCount": 3},
				"dedicatedMasterEnabled": true, "dedicatedMasterCount": 3,
			},
			"vpcOptions": Values{
				"subnetIds":        []any{"${subnet-a.id}", "${subnet-b.id}", "${subnet-c.id}"},
				"securityGroupIds": []any{"${group.id}"},
			},
			"encryptAtRest":         Values{"enabled": true, "kmsKeyId": "${key.arn}"},
			"nodeToNodeEncryption":  Values{"enabled": true},
			"domainEndpointOptions": Values{"enforceHttps": true},
			"ebsOptions":            Values{"ebsEnabled": true, "volumeSize": 100, "volumeType": "gp3"},
			"autoTuneOptions":       Values{"desiredState": "ENABLED"},
			"advancedSecurityOptions": Values{
				"enabled": true, "internalUserDatabaseEnabled": true,
				"masterUserOptions": Values{"masterUserName": "morpheus", "masterUserPassword": "aB3-dEfGh1jKl"},
			},
			"accessPolicies": policy(allow("AWS", "*", "*", "es:ESHttp*")),
			"logPublishingOptions": []any{
				Values{"logType": "ES_APPLICATION_LOGS", "cloudwatchLogGroupArn": "${logs.arn}"},
			},
		},
	}}
}

func domainOutputs(c *Call) {
	c.ID = c.State["arn"].(string)
	name := c.Text("domainName")
	c.State["domainId"] = c.AccountID + "/" + name
	c.State["endpoint"] = fmt.Sprintf("vpc-%s-%s.%s.es.%s",
		name, c.digitsOnce("endpoint", 26), c.Region, DNSSuffix(c.Partition))
	c.State["dashboardEndpoint"] = fmt.Sprint(c.State["endpoint"], "/_dashboards")
	c.fill("ipAddressType", "ipv4")
}
