package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func autoscalingCases() []ruleCase {
	tracking := func(label string) values {
		return values{
			"targetValue": 1000,
			"predefinedMetricSpecification": values{
				"predefinedMetricType": "ALBRequestCountPerTarget",
				"resourceLabel":        label,
			},
		}
	}
	mixed := values{
		"launchTemplate": nil,
		"mixedInstancesPolicy": values{
			"launchTemplate": values{
				"launchTemplateSpecification": values{"launchTemplateId": "${template.id}", "version": "$Latest"},
			},
		},
	}
	plainVolume := func(w *world) {
		w.need("plain-template", awstoken.EC2LaunchTemplate, with(example(awstoken.EC2LaunchTemplate), values{
			"name": "plain", "blockDeviceMappings": []any{values{"ebs": values{"kmsKeyId": "${plain-key.arn}"}}},
		}))
		w.need("idle", awstoken.LBTargetGroup, with(example(awstoken.LBTargetGroup), values{"name": "idle"}))
	}
	return []ruleCase{
		{rule: "group-type-zone", token: awstoken.AutoScalingGroup, createOnly: true, refused: []refusedRequest{{
			why:     "a zone without the type",
			prepare: withoutOffers,
			want:    "are not supported in your requested Availability Zone",
		}}},
		{rule: "group-sizes", token: awstoken.AutoScalingGroup, refused: []refusedRequest{
			{
				why:     "a minimum above the maximum",
				changes: values{"minSize": 7},
				want:    "Max bound, 6, must be greater than or equal to min bound, 7",
			},
		}},
		{
			rule:  "group-maintenance-policy",
			token: awstoken.AutoScalingGroup,
			accepted: values{
				"instanceMaintenancePolicy": values{"minHealthyPercentage": 100, "maxHealthyPercentage": 200},
			},
			refused: []refusedRequest{
				{
					why:     "too large a span of percentages",
					changes: values{"instanceMaintenancePolicy.minHealthyPercentage": 90},
					want:    "must not exceed 100",
				},
			},
		},
		{
			rule:     "group-refresh-latest",
			token:    awstoken.AutoScalingGroup,
			accepted: values{"instanceRefresh": values{"strategy": "Rolling"}},
			refused: []refusedRequest{
				{
					why:     "a refresh with $Latest",
					changes: values{"launchTemplate.version": "$Latest"},
					want:    `never starts with launch template version "$Latest"`,
				},
				{
					why:     "a refresh without version",
					changes: values{"launchTemplate.version": nil},
					want:    "never starts",
				},
				{why: "a refresh of mixed instances with $Latest", changes: mixed, want: "never starts"},
			},
		},
		{
			rule:     "group-refresh-triggers",
			token:    awstoken.AutoScalingGroup,
			accepted: values{"instanceRefresh": values{"strategy": "Rolling", "triggers": []any{"tag"}}},
			refused: []refusedRequest{{
				why:     "a trigger in Pulumi's words",
				changes: values{"instanceRefresh.triggers": []any{"tags"}},
				want:    "'tags' is not a recognized parameter name",
			}},
		},
		{rule: "group-volume-key", token: awstoken.AutoScalingGroup, refused: []refusedRequest{
			{
				why:     "a volume key that Auto Scaling may not use",
				prepare: plainVolume,
				changes: values{"launchTemplate.id": "${plain-template.id}"},
				want:    "AWSServiceRoleForAutoScaling may not use key",
			},
			{
				why:     "the same by the template's name",
				prepare: plainVolume,
				changes: values{"launchTemplate": values{"name": "plain", "version": "1"}},
				want:    "AWSServiceRoleForAutoScaling may not use key",
			},
			{
				why:     "no launch template",
				changes: values{"launchTemplate": nil},
				want:    "a launch template must be given",
			},
		}},
		{rule: "group-boot-loop", token: awstoken.AutoScalingGroup, refused: []refusedRequest{
			{
				why:     "health checks of nodes that have not started",
				changes: values{"healthCheckGracePeriod": 0},
				want:    "end every node before it has started",
			},
		}},
		{
			rule:  "scaling-request-label",
			token: awstoken.AutoScalingPolicy,
			accepted: values{
				"policyType":                  "TargetTrackingScaling",
				"targetTrackingConfiguration": tracking("${balancer.arnSuffix}/${targets.arnSuffix}"),
			},
			refused: []refusedRequest{
				{
					why:     "a label without target group",
					changes: values{"targetTrackingConfiguration": tracking("${balancer.arnSuffix}")},
					want:    "does not route traffic to the target group",
				},
				{
					why:     "a target group without listener",
					prepare: plainVolume,
					changes: values{
						"targetTrackingConfiguration": tracking("${balancer.arnSuffix}/${idle.arnSuffix}"),
					},
					want: "does not route traffic to the target group",
				},
			},
		},
		{rule: "schedule-sizes", token: awstoken.AutoScalingSchedule, refused: []refusedRequest{
			{
				why:     "a minimum above the maximum",
				changes: values{"minSize": 7},
				want:    "Min size 7 must not be greater than max size 6",
			},
			{
				why:  "the time of another action",
				want: "AlreadyExists: a scheduled action at the same time",
				prepare: func(w *world) {
					w.need(
						"evening",
						awstoken.AutoScalingSchedule,
						with(example(awstoken.AutoScalingSchedule),
							values{"scheduledActionName": "evening", "recurrence": "0 19 * * 1-5"}),
					)
				},
				changes: values{"recurrence": "0 19 * * 1-5"},
			},
			{
				why:     "a time that is not a cron expression",
				changes: values{"recurrence": "every day"},
				want:    "recurrence string: every day is invalid",
			},
		}},
		{rule: "group-target-listener", token: awstoken.AutoScalingGroup, refused: []refusedRequest{
			{
				why:     "health checks by a load balancer without the targets",
				prepare: plainVolume,
				changes: values{"targetGroupArns": []any{"${idle.arn}"}},
				want:    "its targets are never healthy",
			},
		}},
	}
}
