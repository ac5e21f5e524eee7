package account

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// UnreachableError is the error of a client whose call is not answered. It implements net.Error.
type UnreachableError struct{ Region string }

// Error implements error.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("dial tcp: connect to %s: i/o timeout", e.Region)
}

// Timeout implements net.Error.
func (e *UnreachableError) Timeout() bool { return true }

// Temporary implements net.Error.
func (e *UnreachableError) Temporary() bool { return true }

// Lose makes a region not answer any more: the calls of a provider of that region, to global services too.
func (a *Account) Lose(region string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lost[region] = true
}

// Return makes a lost region answer again, with what it had.
func (a *Account) Return(region string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.lost, region)
}

// answers returns the error of a call to a region; nil if it answers.
func (a *Account) answers(region string) error {
	if a.lost[region] {
		return &UnreachableError{region}
	}
	return nil
}

// Change makes a call in a region that no provider makes.
func (a *Account) Change(region string, do func(awstypes.Store) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.answers(region); err != nil {
		return err
	}
	return do(a.storeFor(Request{Region: region}))
}
