package account

import (
	"fmt"
	"maps"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// call is one create, update or delete while the account is locked.
type call struct {
	*awstypes.Call
	account *Account
	region  string // the resource's region: empty for a global service
	inputs  Values // as requested
}

func typeOf(token string) (*awstypes.Type, error) {
	if typ := awstypes.Of(token); typ != nil {
		return typ, nil
	}
	return nil, fmt.Errorf("the simulated AWS does not model %s; nothing is accepted by silence", token)
}

func (a *Account) call(typ *awstypes.Type, r Request, old *Resource) *call {
	region := r.Region
	if typ.Simulation.Global {
		region = ""
	}
	c := &call{account: a, region: region, inputs: r.Inputs, Call: &awstypes.Call{
		Store: a.storeFor(r), AccountID: a.ID, Partition: a.Partition, Region: r.Region, Type: typ, ID: r.ID,
		In: WithDefaults(r.Token, r.Inputs), Old: old, Known: r.Known,
	}}
	if old != nil {
		c.OldIn = WithDefaults(r.Token, old.Inputs)
	}
	return c
}

func (c *call) create() error {
	if err := c.refuse(); err != nil {
		return err
	}
	c.State = maps.Clone(c.In)
	sim := c.Type.Simulation
	c.ID = c.Expand(sim.ID)
	if sim.ARN != "" {
		c.State["arn"] = "arn:" + c.Partition + ":" + c.Expand(sim.ARN)
	}
	if sim.Outputs != nil {
		sim.Outputs(c.Call)
	}
	if _, taken := c.account.resources[c.key()]; taken {
		return fmt.Errorf("%s %s already exists", c.Type.Token, c.ID)
	}
	c.store()
	return c.after()
}

// after runs what follows a stored change.
func (c *call) after() error {
	if c.Type.Simulation.After == nil {
		return nil
	}
	if err := c.Type.Simulation.After(c.Call); err != nil {
		return &PartialError{err}
	}
	return nil
}

func (c *call) update() error {
	if err := c.refuse(); err != nil {
		return err
	}
	// Values that AWS computed at the creation stay, also if the request no longer has the property. The new inputs
	// override them.
	c.State = maps.Clone(c.Old.State)
	for name := range c.Old.Inputs {
		if _, still := c.In[name]; !still && !computed(c.Type.Token, name) {
			delete(c.State, name)
		}
	}
	maps.Copy(c.State, c.In)
	if outputs := c.Type.Simulation.Outputs; outputs != nil {
		outputs(c.Call)
	}
	c.store()
	return c.after()
}

func (c *call) delete() error {
	if user := c.blocker(); user != nil {
		return fmt.Errorf("DependencyViolation: %s %s is in use by %s %s", c.Type.Token, c.ID, user.Token, user.ID)
	}
	c.State = c.Old.State
	if onDelete := c.Type.Simulation.OnDelete; onDelete != nil {
		if err := onDelete(c.Call); err != nil {
			return err
		}
	}
	delete(c.account.resources, c.key())
	return nil
}

func (c *call) key() key { return key{c.region, c.Type.Token, c.ID} }

// store saves the resource's state after the call in the account.
func (c *call) store() {
	c.account.resources[c.key()] = &Resource{
		Token: c.Type.Token, Region: c.region, ID: c.ID, Inputs: c.inputs, State: c.State, Digits: c.Digits,
	}
}

// refuse returns the service's error for a creation or change; nil if it accepts the call.
func (c *call) refuse() error {
	sim := c.Type.Simulation
	if name := c.Text(sim.Unique); name != "" {
		same := c.Find(c.Type.Token, func(r *Resource) bool {
			within := sim.UniqueWithin == "" || r.State[sim.UniqueWithin] == c.In[sim.UniqueWithin]
			return r != c.Old && r.State[sim.Unique] == name && within
		})
		if len(same) > 0 {
			return fmt.Errorf("AlreadyExists: a %s with %s %q exists already", c.Type.Token, sim.Unique, name)
		}
	}
	for _, ref := range sim.References {
		for _, value := range awstypes.Texts(c.In, ref.Path) {
			if value != "" && c.Target(ref, value) == nil {
				return fmt.Errorf("%s: %s %q does not exist in %s", ref.NotFound, ref.Path, value, c.Region)
			}
		}
	}
	for _, rule := range sim.Rules {
		if err := rule.Check(c.Call); err != nil {
			return fmt.Errorf("%w [%s]", err, rule.Name)
		}
	}
	return nil
}

// blocker returns a resource that prevents the deletion of this one.
func (c *call) blocker() *Resource {
	for _, r := range c.account.find(func(r *Resource) bool { return r.Region == "" || r.Region == c.Region }) {
		typ := awstypes.Of(r.Token)
		if typ == nil { // a type that only the fixture has
			continue
		}
		for _, ref := range typ.Simulation.References {
			name := c.ID
			if ref.By != "id" {
				name, _ = c.Old.State[ref.By].(string)
			}
			if ref.BlocksDelete && slices.Contains(ref.To, c.Type.Token) &&
				slices.Contains(awstypes.Texts(r.State, ref.Path), name) {
				return r
			}
		}
	}
	return nil
}

// computed reports whether AWS computes a property.
func computed(token, name string) bool {
	r := contract.Load().Resources[token]
	return r != nil && r.Inputs[name] != nil && r.Inputs[name].Computed
}

// WithDefaults adds the provider's defaults, as in the state of the real provider.
func WithDefaults(token string, inputs Values) Values {
	out := maps.Clone(inputs)
	if out == nil {
		out = Values{}
	}
	r := contract.Load().Resources[token]
	if r == nil {
		return out
	}
	for name, p := range r.Inputs {
		if _, given := out[name]; !given && p.Default != nil {
			out[name] = p.Default
		}
	}
	if tags, ok := out["tags"]; ok {
		out["tagsAll"] = tags
	}
	return out
}
