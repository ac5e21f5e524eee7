package awstypes

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

// WAFWebACL is the type of the web ACL that exists before the first deployment; the program creates none.
const WAFWebACL = "aws:wafv2/webAcl:WebAcl"

func wafv2Types() []Type {
	const notFound = "WAFNonexistentItemException"
	return []Type{
		{Token: WAFWebACL, Simulation: Simulation{ID: "{name}", Unique: "name"}},
		{
			Token: awstoken.WAFWebACLAssociation,
			Simulation: Simulation{
				ID: "{webAclArn},{resourceArn}", Unique: "resourceArn",
				Duration: Duration{Create: 5, Update: 1, Delete: 5},
				References: []Reference{
					{Path: "webAclArn", To: []string{WAFWebACL}, By: "arn", NotFound: notFound},
					{Path: "resourceArn", To: []string{awstoken.LBLoadBalancer}, By: "arn", NotFound: notFound},
				},
			},
			Provider: Provider{
				Source: "wafv2/web_acl_association",
				Checks: map[string][]Check{"webAclArn": {isARN}, "resourceArn": {isARN}},
			},
			Permissions: &Permissions{
				Read:  actions("wafv2: GetWebACLForResource"),
				Write: actions("wafv2: AssociateWebACL DisassociateWebACL"),
				// https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
				Dependent: actions("wafv2: GetWebACL", "elasticloadbalancing: SetWebAcl CreateWebACLAssociation "+
					"DeleteWebACLAssociation GetLoadBalancerWebACL"),
			},
			NotListed: "is deleted with its load balancer; the program does not create the ACL",
			Example:   Values{"webAclArn": "${web-acl}", "resourceArn": "${balancer.arn}"},
		},
	}
}
