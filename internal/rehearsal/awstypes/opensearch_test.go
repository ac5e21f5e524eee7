package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func opensearchCases() []ruleCase {
	subnets := func(names ...string) []any {
		out := make([]any, len(names))
		for i, n := range names {
			out[i] = "${" + n + ".id}"
		}
		return out
	}
	return []ruleCase{
		{rule: "opensearch-service-linked-role", token: awstoken.OpenSearchDomain, refused: []refusedRequest{{
			why: "an account that never used OpenSearch", removed: "search-role",
			want: "you must enable a service-linked role",
		}}, createOnly: true},
		{rule: "opensearch-log-policy", token: awstoken.OpenSearchDomain, refused: []refusedRequest{
			{
				why:     "no policy allows OpenSearch to write (yet)",
				removed: "log-policy",
				want:    "does not grant sufficient permissions",
			},
			{why: "a log group that the policy does not name", want: "does not grant sufficient permissions",
				prepare: func(w *world) { w.need("other-logs", awstoken.LogGroup, values{"name": "/other"}) },
				changes: values{
					"logPublishingOptions": []any{
						values{"logType": "AUDIT_LOGS", "cloudwatchLogGroupArn": "${other-logs.arn}"},
					},
				}},
		}},
		{rule: "opensearch-zones", token: awstoken.OpenSearchDomain, refused: []refusedRequest{
			{
				why:     "three subnets without zone awareness",
				changes: values{"clusterConfig.zoneAwarenessEnabled": false},
				want:    "You must specify exactly one subnet, got 3",
			},
			{
				why:     "zone awareness without a count, and three subnets",
				changes: values{"clusterConfig.zoneAwarenessConfig": nil, "clusterConfig.instanceCount": 4},
				want:    "set zone count to 2, got 3",
			},
			{
				why:     "fewer data nodes than zones",
				changes: values{"clusterConfig.instanceCount": 2},
				want:    "a minimum of 3 data nodes",
			},
			{why: "an odd number of data nodes over two zones", changes: values{
				"clusterConfig.zoneAwarenessConfig": nil, "vpcOptions.subnetIds": subnets("subnet-a", "subnet-b"),
			}, want: "an even number of data nodes for a two Availability Zone deployment, got 3"},
			{
				why:     "two subnets in one zone",
				changes: values{"vpcOptions.subnetIds": subnets("subnet-a", "subnet-a2", "subnet-b")},
				want:    "must be in different Availability Zones",
			},
			{
				why:     "two masters",
				changes: values{"clusterConfig.dedicatedMasterCount": 2},
				want:    "dedicated master count must be 3 or 5, got 2",
			},
			{why: "two masters in one zone", changes: values{
				"clusterConfig.dedicatedMasterCount": 2, "clusterConfig.zoneAwarenessEnabled": false,
				"vpcOptions.subnetIds": subnets("subnet-a"),
			}, want: "dedicated master count must be 3 or 5, got 2"},
		}},
		{rule: "opensearch-fine-grained-access", token: awstoken.OpenSearchDomain, refused: []refusedRequest{
			{
				why:     "no encryption at rest",
				changes: values{"encryptAtRest": values{"enabled": false}},
				want:    "to use advanced security options",
			},
			{
				why:     "no encryption between nodes",
				changes: values{"nodeToNodeEncryption": nil},
				want:    "to use advanced security options",
			},
			{
				why:     "no HTTPS",
				changes: values{"domainEndpointOptions.enforceHttps": false},
				want:    "to use advanced security options",
			},
		}},
		{rule: "opensearch-internal-users", token: awstoken.OpenSearchDomain, refused: []refusedRequest{
			{
				why:     "an access policy that cannot be read",
				changes: values{"accessPolicies": `{"Statement": []}`},
				want:    "the access policy is not a policy",
			},
			{
				why: "an access policy that names a role",
				changes: values{
					"accessPolicies": policy(allow("AWS", "arn:aws:iam::${account}:role/node", "es:ESHttp*")),
				},
				want: "refuse the basic authentication",
			},
			{
				why:     "a password without special character",
				changes: values{"advancedSecurityOptions.masterUserOptions.masterUserPassword": "aB3dEfGh1jKl"},
				want:    "one special character",
			},
			{
				why:     "a password without digit",
				changes: values{"advancedSecurityOptions.masterUserOptions.masterUserPassword": "aBc-dEfGhijKl"},
				want:    "one number",
			},
			{
				why:     "no user",
				changes: values{"advancedSecurityOptions.masterUserOptions.masterUserName": nil},
				want:    "a master user name must be given",
			},
		}},
		{
			rule:     "opensearch-advanced-options",
			token:    awstoken.OpenSearchDomain,
			accepted: values{"advancedOptions": values{"rest.action.multi.allow_explicit_index": "true"}},
			refused: []refusedRequest{
				{
					why:     "override_main_response_version",
					changes: values{"advancedOptions": values{"override_main_response_version": "true"}},
					want:    "Unrecognized advanced option 'override_main_response_version'",
				},
			},
		},
		{
			rule:     "opensearch-version",
			token:    awstoken.OpenSearchDomain,
			accepted: values{"engineVersion": "OpenSearch_2.5"},
			refused: []refusedRequest{
				{
					why:     "a version that does not exist",
					changes: values{"engineVersion": "OpenSearch_2.18"},
					want:    `"OpenSearch_2.18" is invalid`,
				},
				{
					why:     "a version without its product",
					changes: values{"engineVersion": "2.19"},
					want:    `"2.19" is invalid`,
				},
			},
		},
		{rule: "opensearch-auto-tune", token: awstoken.OpenSearchDomain, refused: []refusedRequest{
			{
				why:     "Auto-Tune on a small type",
				changes: values{"clusterConfig.instanceType": "t3.small.search"},
				want:    "not supported in t2/t3",
			},
		}},
		{rule: "opensearch-processors", token: awstoken.OpenSearchDomain, refused: []refusedRequest{
			{
				why:     "masters with another architecture",
				changes: values{"clusterConfig.dedicatedMasterType": "m5.large.search"},
				want:    "Graviton and other types cannot be in one domain",
			},
		}},
		{rule: "opensearch-burstable-nodes", token: awstoken.OpenSearchDomain, accepted: values{
			"clusterConfig.instanceType": "t3.small.search", "clusterConfig.dedicatedMasterEnabled": false,
			"clusterConfig.dedicatedMasterType": nil, "autoTuneOptions.desiredState": "DISABLED",
			"clusterConfig.dedicatedMasterCount": nil, "clusterConfig.instanceCount": 9,
		}, refused: []refusedRequest{
			{
				why:     "more than ten",
				changes: values{"clusterConfig.instanceCount": 12},
				want:    "at most 10 nodes of t2 and t3 types, got 12",
			},
		}},
		{
			rule:     "opensearch-standby",
			token:    awstoken.OpenSearchDomain,
			accepted: values{"clusterConfig.multiAzWithStandbyEnabled": true},
			refused: []refusedRequest{
				{
					why:     "standby without masters",
					changes: values{"clusterConfig.dedicatedMasterEnabled": false},
					want:    "needs three dedicated master nodes",
				},
				{
					why:     "standby with an odd node",
					changes: values{"clusterConfig.instanceCount": 4},
					want:    "in multiples of three, got 4",
				},
				{
					why:     "standby without Auto-Tune",
					changes: values{"autoTuneOptions.desiredState": "DISABLED"},
					want:    "needs Auto-Tune",
				},
				{why: "standby in two zones", want: "needs three Availability Zones", changes: values{
					"clusterConfig.zoneAwarenessConfig": values{
						"availabilityZoneCount": 2,
					}, "clusterConfig.instanceCount": 6, "vpcOptions.subnetIds": subnets("subnet-a", "subnet-b"),
				}},
			},
		},
		{
			rule:     "opensearch-volume",
			token:    awstoken.OpenSearchDomain,
			accepted: values{"ebsOptions.volumeSize": 171, "ebsOptions.iops": 4000, "ebsOptions.throughput": 1000},
			refused: []refusedRequest{
				{
					why:     "a volume too small",
					changes: values{"ebsOptions.volumeSize": 9},
					want:    "at least 10 GiB, got 9",
				},
				{
					why:     "too many IOPS for its size",
					changes: values{"ebsOptions.volumeSize": 10, "ebsOptions.iops": 5001},
					want:    "at most 500 per GiB, got 5001 for 10 GiB",
				},
				{
					why:     "too much throughput for its IOPS",
					changes: values{"ebsOptions.iops": 3000, "ebsOptions.throughput": 751},
					want:    "at most 0.25 MiB/s per IOPS, got 751 for 3000 IOPS",
				},
				{
					why:     "too little throughput for its size",
					changes: values{"ebsOptions.throughput": 249},
					want:    "at least 250 MiB/s above 170 GiB, got 249 for 171 GiB",
				},
			},
		},
	}
}
