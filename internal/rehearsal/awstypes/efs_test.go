package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func efsCases() []ruleCase {
	return []ruleCase{
		{rule: "efs-throughput", token: awstoken.EFSFileSystem, refused: []refusedRequest{
			{
				why:     "elastic throughput with maxIO",
				changes: values{"performanceMode": "maxIO", "throughputMode": "elastic"},
				want:    "not supported for performance mode 'maxIO'",
			},
			{why: "a key without encryption", changes: values{"encrypted": false}, want: "needs encrypted to be true"},
		}},
		{rule: "mount-target-per-zone", token: awstoken.EFSMountTarget, refused: []refusedRequest{{
			why: "a second mount target in a zone", want: "MountTargetConflict",
			changes: values{"subnetId": "${subnet-b.id}"},
			prepare: func(w *world) {
				w.need("twin", awstoken.EFSMountTarget,
					with(example(awstoken.EFSMountTarget), values{"subnetId": "${subnet-b.id}"}))
			},
		}}},
		{rule: "efs-policy", token: awstoken.EFSFileSystemPolicy, refused: []refusedRequest{
			{
				why: "another file system's policy",
				changes: values{
					"policy": policy(
						with(allow("AWS", "*", "*"),
							values{"Resource": "arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1"}),
					),
				},
				want: "is not this file system",
			},
			{
				why:     "a missing role",
				changes: values{"policy": policy(allow("AWS", "arn:aws:iam::${account}:role/gone", "*"))},
				want:    "invalid principal",
			},
			{why: "no statement", changes: values{"policy": "{}"}, want: "not a policy"},
		}},
		{
			rule:     "efs-replica-region",
			token:    awstoken.EFSReplication,
			accepted: values{"destination.kmsKeyId": "arn:aws:kms:" + other + ":123456789012:key/0a"},
			refused: []refusedRequest{
				{
					why:     "a copy in the region of the original",
					changes: values{"destination": values{"region": region}},
					want:    "is lost with the region",
				},
				{
					why:     "a key of another region",
					changes: values{"destination.kmsKeyId": "arn:aws:kms:ap-south-1:123456789012:key/0a"},
					want:    "is not in the destination region " + other,
				},
			},
		},
	}
}
