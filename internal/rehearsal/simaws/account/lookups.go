package account

import (
	"fmt"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// Invoke returns the result of a look-up. It returns an error for a look-up without a record in package awstypes.
func (a *Account) Invoke(region, token string, args Values) (Values, error) {
	a.lookUps.Add(1)
	time.Sleep(a.LookUpDelay)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.answers(region); err != nil {
		return nil, err
	}
	for _, lookUp := range awstypes.LookUps() {
		if lookUp.Token == token {
			return lookUp.Answer(&awstypes.Call{
				Store:     a.storeFor(Request{Region: region, Token: token, Inputs: args}),
				AccountID: a.ID, Partition: a.Partition, Region: region, In: args,
			})
		}
	}
	return nil, fmt.Errorf("the simulated AWS does not answer %s", token)
}

// LookUps is the number of look-ups so far.
func (a *Account) LookUps() int { return int(a.lookUps.Load()) }

// Identity returns the account's number and partition.
func (a *Account) Identity() (id, partition string, err error) { return a.ID, a.Partition, nil }
