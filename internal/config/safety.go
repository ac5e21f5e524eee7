package config

import (
	"fmt"
	"slices"
)

// Safety protects the stack against mistakes of its operators.
type Safety struct {
	AllowDestroy bool     `json:"allowDestroy"`
	AllowReplace []string `json:"allowReplace"`
}

// Replaceable are the tiers that safety.allowReplace may name.
var Replaceable = append(slices.Clone(DataTiers), "loadbalancer", "backup")

var safetyRows = []Row{
	{Key: "safety.allowDestroy", Limit: Flag{}},
	{Key: "safety.allowReplace", Limit: List{}},
	{
		Key:   "safety.allowReplace[]",
		Limit: Choice{Values: Replaceable},
		Why:   "the tiers that hold data, and the load balancer with its address",
		Once:  "a tier",
	},
}

var safetyRules = []Rule{
	{
		Keys:  []string{"safety.allowReplace", "safety.allowDestroy"},
		Needs: []string{"environment"},
		Says:  "warns while it is set",
		check: (*Config).warnOfOpenDoors,
	},
}

// warnOfOpenDoors warns of what is meant for one update only.
func (c *Config) warnOfOpenDoors(p *Problems) {
	for i, tier := range c.Safety.AllowReplace {
		if key := fmt.Sprintf("safety.allowReplace[%d]", i); !p.anyRefused(key) {
			loses := "lose what is in it"
			if tier == "loadbalancer" {
				loses = "cut off every client for some minutes"
			}
			c.warn(key, "a change may replace the "+tier+" and "+loses+", and nothing protects it from deletion; "+
				"take it out again when the change is made")
		}
	}
	if c.Safety.AllowDestroy {
		c.warn("safety.allowDestroy", "protection and deletion protection are off on everything; "+c.inProduction(
			"production data is one command from being lost: set it back to false unless you destroy this stack next",
			"set it back to false when the stack is to stay"))
	}
}
