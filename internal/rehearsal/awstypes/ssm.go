package awstypes

import "fmt"

// SSMParameter is the type of the public parameters that exist before the first deployment; the program creates none.
const SSMParameter = "aws:ssm/parameter:Parameter"

func ssmTypes() []Type {
	return []Type{{Token: SSMParameter, Simulation: Simulation{ID: "{name}", Unique: "name"}}}
}

var ssmLookUps = []LookUp{{
	Token:       "aws:ssm/getParameter:getParameter",
	Source:      "ssm/parameter_data_source",
	Permissions: &Permissions{Read: actions("ssm: GetParameter")},
	Answer: func(c *Call) (Values, error) {
		name := c.Text("name")
		found := c.FindBy(SSMParameter, "name", name)
		if len(found) == 0 {
			return nil, fmt.Errorf("ParameterNotFound: the parameter %s does not exist in %s", name, c.Region)
		}
		value := found[0].State["value"]
		return Values{
			"id": name, "name": name, "type": "String", "value": value, "insecureValue": value, "version": 1.0,
			"arn": c.Expand("arn:{partition}:ssm:{region}::parameter") + name, "withDecryption": true,
		}, nil
	},
}}
