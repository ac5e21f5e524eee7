package wire_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/wire"
)

const vpc = awstoken.EC2VPC

func TestAPlugInCallsTheAccountInAnotherProcess(t *testing.T) {
	a := account.New("123456789012", "aws", 0)
	server, err := wire.Serve(a)
	require.NoError(t, err)
	defer func() { assert.NoError(t, server.Close()) }()
	for k, v := range server.Env() {
		t.Setenv(k, v)
	}
	var plugIn wire.Backend
	plugIn, err = wire.Dial()
	require.NoError(t, err)

	made, err := plugIn.Create(
		account.Request{Region: "eu-west-1", Token: vpc, Inputs: account.Values{"cidrBlock": "10.0.0.0/16"}},
	)
	require.NoError(t, err)
	request := account.Request{
		Region: "eu-west-1",
		Token:  vpc,
		ID:     made.ID,
		Inputs: account.Values{"cidrBlock": "10.0.0.0/16", "tags": account.Values{"a": "b"}},
	}
	changed, err := plugIn.Update(request)
	require.NoError(t, err)
	found, err := plugIn.Read(request)
	require.NoError(t, err)
	assert.Equal(t, changed.State, found.State, "a call must see the result of the call before")
	assert.Equal(t, []string{vpc + " " + made.ID + " eu-west-1"}, a.Leftovers(), "the shared account must have it")

	_, err = plugIn.Read(account.Request{Region: "us-east-1", Token: vpc, ID: made.ID})
	assert.ErrorIs(t, err, account.ErrNotFound,
		"the client must distinguish a missing resource from a failure")
	_, err = plugIn.Create(
		account.Request{Region: "eu-west-1", Token: vpc, Inputs: account.Values{"cidrBlock": "10.0.0.0/8"}},
	)
	assert.ErrorContains(t, err, "InvalidVpc.Range", "the client must get AWS's message")
	assert.NotErrorIs(t, err, account.ErrNotFound)
	zones, err := plugIn.Invoke("eu-west-1", "aws:index/getAvailabilityZones:getAvailabilityZones", nil)
	require.NoError(t, err)
	assert.Len(t, zones["names"], 4)
	id, partition, err := plugIn.Identity()
	require.NoError(t, err)
	assert.Equal(t, "123456789012 aws", id+" "+partition)
	require.NoError(t, plugIn.Delete(request))
	assert.Empty(t, a.Leftovers())
}

func TestRequestsNeedTheToken(t *testing.T) {
	server, err := wire.Serve(account.New("123456789012", "aws", 0))
	require.NoError(t, err)
	defer func() { assert.NoError(t, server.Close()) }()
	t.Setenv(wire.AddressVariable, server.Env()[wire.AddressVariable])
	t.Setenv(wire.TokenVariable, "guessed")
	stranger, err := wire.Dial()
	require.NoError(t, err)
	_, _, err = stranger.Identity()
	assert.ErrorContains(t, err, "403", "other users of the machine must not reach the account")

	t.Setenv(wire.AddressVariable, "")
	_, err = wire.Dial()
	assert.ErrorContains(t, err, "started by a rehearsal", "the error must explain the plug-in's purpose")
	t.Setenv(wire.AddressVariable, "127.0.0.1:1")
	nobody, err := wire.Dial()
	require.NoError(t, err)
	_, _, err = nobody.Identity()
	assert.ErrorContains(t, err, "account server", "a stopped account must not look empty")
}
