package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func cloudwatchCases() []ruleCase {
	return []ruleCase{
		{
			rule:     "alarm-window",
			token:    awstoken.CloudWatchAlarm,
			accepted: values{"evaluationPeriods": 1440},
			refused: []refusedRequest{
				{
					why:     "more than a day",
					changes: values{"evaluationPeriods": 1441},
					want:    "cannot be checked across more than 86400 seconds",
				},
				{
					why:     "more than a week",
					changes: values{"period": 3600, "evaluationPeriods": 169},
					want:    "more than 604800 seconds",
				},
			},
		},
	}
}
