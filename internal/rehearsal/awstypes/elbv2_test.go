package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func elbv2Cases() []ruleCase {
	logs := func(bucket string) values { return values{"bucket": bucket, "enabled": true} }
	return []ruleCase{
		{rule: "load-balancer-zones", token: awstoken.LBLoadBalancer, refused: []refusedRequest{
			{
				why:     "one subnet",
				changes: values{"subnets": []any{"${subnet-a.id}"}},
				want:    "At least two subnets in two different Availability Zones",
			},
			{
				why:     "two subnets in one zone",
				changes: values{"subnets": []any{"${subnet-a.id}", "${subnet-a2.id}"}},
				want:    "At least two subnets in two different Availability Zones",
			},
		}},
		{rule: "load-balancer-gateway", token: awstoken.LBLoadBalancer, refused: []refusedRequest{
			{
				why:     "a VPC without internet gateway",
				changes: values{"subnets": []any{"${bare-a.id}", "${bare-b.id}"}},
				want:    "has no internet gateway",
			},
		}},
		{
			rule:     "target-group-slow-start",
			token:    awstoken.LBTargetGroup,
			accepted: values{"loadBalancingAlgorithmType": "least_outstanding_requests"},
			refused: []refusedRequest{
				{
					why:     "slow start with least outstanding requests",
					changes: values{"slowStart": 60},
					want: "slow start mode cannot be used with the load balancing algorithm " +
						"least_outstanding_requests",
				},
				{
					why:     "slow start with weighted random",
					changes: values{"slowStart": 60, "loadBalancingAlgorithmType": "weighted_random"},
					want:    "weighted_random",
				},
			},
		},
		{
			rule:     "target-group-health-check",
			token:    awstoken.LBTargetGroup,
			accepted: values{"healthCheck.timeout": 29},
			refused: []refusedRequest{
				{
					why:     "an HTTP check of HTTPS nodes",
					changes: values{"healthCheck.protocol": "HTTP"},
					want:    "every target would be unhealthy",
				},
				{
					why:     "the default check of HTTPS nodes",
					changes: values{"healthCheck.protocol": nil},
					want:    "HTTP, the default",
				},
				{
					why:     "a timeout as long as the default interval",
					changes: values{"healthCheck.timeout": 30},
					want:    "must be smaller than the interval 30",
				},
				{
					why:     "a timeout longer than the interval",
					changes: values{"healthCheck.interval": 10, "healthCheck.timeout": 15},
					want:    "must be smaller than the interval 10",
				},
			},
		},
		{rule: "listener-certificate", token: awstoken.LBListener, refused: []refusedRequest{
			{
				why:     "HTTPS without certificate",
				changes: values{"certificateArn": nil},
				want:    "a certificate must be specified",
			},
			{
				why:     "a certificate that is not issued",
				changes: values{"certificateArn": "${pending.arn}"},
				want:    "PENDING_VALIDATION",
			},
			{
				why:     "the same in lower case",
				changes: values{"certificateArn": nil, "protocol": "https"},
				want:    "a certificate must be specified",
			},
		}},
		{rule: "listener-tls-policy", token: awstoken.LBListener, refused: []refusedRequest{
			{
				why:     "no TLS policy",
				changes: values{"sslPolicy": nil},
				want:    "ELBSecurityPolicy-2016-08, which still speaks TLS 1.0",
			},
			{
				why:     "a policy that does not exist",
				changes: values{"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-6"},
				want:    "SSLPolicyNotFound",
			},
		}},
		{rule: "load-balancer-logs", token: awstoken.LBLoadBalancer, accepted: values{
			"accessLogs": logs("${delivery.id}"), "connectionLogs": logs("${delivery.id}"),
		}, refused: []refusedRequest{
			{
				why:     "access logs to a bucket without policy",
				changes: values{"accessLogs": logs("${plain.id}")},
				want:    "Access Denied for bucket: plain",
			},
			{
				why:     "connection logs to a bucket without policy",
				changes: values{"connectionLogs": logs("${plain.id}")},
				want:    "Access Denied for bucket: plain",
			},
			{
				why: "a prefix that the policy does not allow", want: "Access Denied for bucket: delivery",
				changes: values{"accessLogs": values{"bucket": "${delivery.id}", "enabled": true, "prefix": "web"}},
			},
			{
				why: "a bucket policy that allows log delivery and denies it", want: "Access Denied for bucket: plain",
				changes: values{"accessLogs": logs("${plain.id}")}, prepare: func(w *world) {
					delivery := func(effect string) values {
						return with(allow("Service", "logdelivery.elasticloadbalancing.amazonaws.com", "s3:PutObject"),
							values{"Effect": effect, "Resource": "${plain.arn}/*"})
					}
					w.need("plain-policy", awstoken.S3BucketPolicy,
						values{"bucket": "${plain.id}", "policy": policy(delivery("Allow"), delivery("Deny"))})
				},
			},
			{
				why:     "a bucket with a KMS key",
				changes: values{"accessLogs": logs("${encrypted.id}")},
				want:    "Access Denied for bucket: encrypted",
			},
		}},
	}
}
