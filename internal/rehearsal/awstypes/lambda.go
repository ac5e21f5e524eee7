package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// LambdaFunction is the type of functions that exist before the first deployment; the program creates none.
const LambdaFunction = "aws:lambda/function:Function"

func lambdaTypes() []Type {
	return []Type{
		{Token: LambdaFunction, Simulation: Simulation{ID: "{name}", ARN: "lambda:{region}:{account}:function:{name}"}},
		{
			Token: awstoken.LambdaPermission,
			Simulation: Simulation{
				ID:       "terraform-{hex32}",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{{
					Path: "function", To: []string{LambdaFunction}, By: "arn", NotFound: "ResourceNotFoundException: Function not found",
				}},
				Rules: []Rule{{
					Name: "function-permission", AWS: Quiet,
					Refuses: "a service that may call the function for anybody: a principal without a source",
					Source:  docs + "lambda/latest/dg/access-control-resource-based.html",
					Check:   functionPermission,
				}},
				Outputs: func(c *Call) { c.State["statementId"] = c.ID },
			},
			Provider: Provider{
				Source: "lambda/permission",
				Checks: map[string][]Check{"action": {matches(`^lambda:\*$|^lambda:[A-Za-z]+$|^\*$`)}, "sourceArn": {isARN}},
			},
			Permissions: &Permissions{
				Read:  actions("lambda: GetPolicy"),
				Write: actions("lambda: AddPermission RemovePermission"),
				NeverCalled: []NeverCalled{{
					Actions: actions("lambda: GetFunction"), Because: "only an import reads the function",
				}},
			},
			NotListed: "a statement in the policy of the function",
			Example: Values{
				"function": "${function.arn}", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com",
				"sourceArn": "${topic.arn}",
			},
		},
	}
}

func functionPermission(c *Call) error {
	if c.Text("sourceArn") == "" && c.Text("sourceAccount") == "" {
		return fmt.Errorf("%s may call the function for every account", c.Text("principal"))
	}
	return nil
}

// subscriptionEndpoint refuses a function that the topic may not call, and an endpoint that gets messages in the open.
func subscriptionEndpoint(c *Call) error {
	switch c.Text("protocol") {
	case "http":
		return fmt.Errorf("messages to an http endpoint can be read on the way")
	case "lambda":
		for _, p := range c.FindBy(awstoken.LambdaPermission, "function", c.Text("endpoint")) {
			if p.State["principal"] == "sns.amazonaws.com" && p.State["sourceArn"] == c.Text("topic") {
				return nil
			}
		}
		return fmt.Errorf("%s may not be called by the topic: its policy has no permission for it", c.Text("endpoint"))
	}
	return nil
}
