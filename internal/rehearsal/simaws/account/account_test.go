package account_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	region = "us-east-1"
	other  = "eu-west-1"
)

type values = account.Values

// create asks an account for a resource in the region of the tests.
func create(a *account.Account, token string, inputs values) (account.Answer, error) {
	return a.Create(account.Request{Region: region, Token: token, Inputs: inputs})
}

func TestRegionsAreApart(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	ask := func(region, token string, inputs values) (account.Answer, error) {
		return a.Create(account.Request{Region: region, Token: token, Inputs: inputs})
	}
	here, err := ask(region, awstoken.EC2VPC, values{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err)
	there, err := ask(other, awstoken.EC2VPC, values{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err, "two regions may have the same addresses")

	in := func(id string) values { return values{"vpcId": id, "cidrBlock": "10.0.0.0/24"} }
	_, err = ask(other, awstoken.EC2Subnet, in(here.ID))
	assert.ErrorContains(t, err, "InvalidVpcID.NotFound", "an id of another region does not exist")
	assert.ErrorContains(t, err, other, "the message says where it was looked for")
	made, err := ask(other, awstoken.EC2Subnet, in(there.ID))
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1a", made.State["availabilityZone"], "AWS chooses a zone of the region when nobody asks")

	for _, r := range []string{region, other} {
		_, err = ask(r, awstoken.EFSFileSystem, values{"creationToken": "shared"})
		assert.NoError(t, err, "the same physical name is free in %s", r)
		_, err = ask(r, awstoken.EFSFileSystem, values{"creationToken": "shared"})
		assert.ErrorContains(t, err, "AlreadyExists", "and taken once it is used in %s", r)
	}
	for _, r := range []string{region, other} {
		_, err = a.Read(account.Request{Region: r, Token: awstoken.EC2VPC, ID: here.ID})
		assert.Equal(t, r == region, err == nil, "a VPC is read in its own region alone")
	}

	trust := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",` +
		`"Principal": {"Service": "ec2.amazonaws.com"}}]}`
	_, err = ask(region, awstoken.IAMRole, values{"name": "node", "assumeRolePolicy": trust})
	require.NoError(t, err)
	_, err = ask(other, awstoken.IAMRole, values{"name": "node", "assumeRolePolicy": trust})
	assert.ErrorContains(t, err, "AlreadyExists", "IAM has no regions")
	_, err = ask(other, awstoken.IAMInstanceProfile, values{"name": "node", "role": "node"})
	assert.NoError(t, err, "a role is seen from every region")

	for _, r := range []string{region, other} { // what AWS keeps has its name in one region alone
		_, err = ask(r, awstoken.SecretsManagerSecret, values{"name": "app"})
		require.NoError(t, err, "a secret that waits for its deletion in another region is not in the way")
		for _, left := range a.Leftovers() {
			if fields := strings.Fields(left); fields[0] == awstoken.SecretsManagerSecret {
				require.NoError(t,
					a.Delete(account.Request{Region: r, Token: awstoken.SecretsManagerSecret, ID: fields[1]}))
			}
		}
	}
}

func TestWhatTheAccountDoesNotModelIsAnError(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	const table = "aws:dynamodb/table:Table"
	request := account.Request{Region: region, Token: table, ID: "x"}
	_, err := a.Create(request)
	assert.ErrorContains(t, err, table, "nothing is accepted by silence")
	_, err = a.Update(request)
	assert.ErrorContains(t, err, table)
	_, err = a.Read(request)
	assert.ErrorContains(t, err, table)
	assert.ErrorContains(t, a.Delete(request), table)
	_, err = a.Invoke(region, "aws:ec2/getVpcs:getVpcs", nil)
	assert.ErrorContains(t, err, "aws:ec2/getVpcs:getVpcs", "a look-up without answer is never an empty one")
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	request := account.Request{
		Region: region, Token: awstoken.EC2VPC, ID: "vpc-gone", Inputs: values{"cidrBlock": "10.0.0.0/16"},
	}
	_, err := a.Update(request)
	assert.ErrorIs(t, err, account.ErrNotFound, "what was deleted behind the program's back cannot be changed")
	_, err = a.Read(request)
	assert.ErrorIs(t, err, account.ErrNotFound, "a refresh learns that it no longer exists")
	assert.NoError(t, a.Delete(request), "what does not exist is already deleted")
}

func TestLeftoversAreWhatDeploymentsMade(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	assert.Empty(t, a.Leftovers(), "what existed before the first deployment does not count")
	made, err := a.Create(
		account.Request{Region: other, Token: awstoken.EC2VPC, Inputs: values{"cidrBlock": "10.0.0.0/16"}},
	)
	require.NoError(t, err)
	assert.Equal(t, []string{awstoken.EC2VPC + " " + made.ID + " " + other}, a.Leftovers(), "type, id and region")
	require.NoError(t, a.Delete(account.Request{Region: other, Token: awstoken.EC2VPC, ID: made.ID}))
	assert.Empty(t, a.Leftovers(), "a deleted resource no longer exists")
	assert.Empty(t, a.Kept(), "and AWS keeps nothing of it")
}

func TestAServiceLinkedRoleExistsOnceInAnAccount(t *testing.T) {
	linked := func(a *account.Account) error {
		_, err := create(a, awstoken.IAMServiceLinkedRole, values{"awsServiceName": "opensearchservice.amazonaws.com"})
		return err
	}
	assert.ErrorContains(t, linked(simaws.NewAccount(simaws.Options{})), "has been taken",
		"an account in use has the role already")
	fresh := simaws.NewAccount(simaws.Options{Fresh: true})
	require.NoError(t, linked(fresh), "a fresh account does not have it")
	assert.ErrorContains(t, linked(fresh), "has been taken", "a second stack cannot own it too")
}

func TestDurationsAreScaled(t *testing.T) {
	took := func(scale float64) time.Duration {
		a := simaws.NewAccount(simaws.Options{Scale: scale})
		start := time.Now()
		made, err := a.Create(
			account.Request{Region: region, Token: awstoken.EC2VPC, Inputs: values{"cidrBlock": "10.0.0.0/16"}},
		)
		require.NoError(t, err)
		require.NoError(t, a.Delete(account.Request{Region: region, Token: awstoken.EC2VPC, ID: made.ID}))
		return time.Since(start)
	}
	assert.Less(t, took(0), 500*time.Millisecond, "without a scale nothing waits")
	assert.GreaterOrEqual(t, took(60), 50*time.Millisecond,
		"a VPC takes AWS 2 s and its deletion 1 s: at sixty times the speed 50 ms")

	a := simaws.NewAccount(simaws.Options{Scale: 0.001})
	start := time.Now()
	_, err := a.Create(
		account.Request{Region: region, Token: awstoken.EC2VPC, Inputs: values{"cidrBlock": "10.0.0.0/8"}},
	)
	assert.Error(t, err)
	assert.Less(t, time.Since(start), time.Second, "a refusal comes at once")
}

func TestTheAccountServesManyProvidersAtOnce(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	var all sync.WaitGroup
	answers := make([]account.Answer, 32)
	for i := range answers {
		all.Go(func() {
			answers[i], _ = create(a, awstoken.EC2ElasticIP, values{"domain": "vpc"})
			answers[i].State["publicIp"] = "mine" // a caller's own copy
			a.Leftovers()
		})
	}
	all.Wait()
	ids := map[string]bool{}
	for _, answer := range answers {
		ids[answer.ID] = true
	}
	assert.Len(t, ids, len(answers), "every resource has an id of its own")
	live, err := a.Read(account.Request{Region: region, Token: awstoken.EC2ElasticIP, ID: answers[0].ID})
	require.NoError(t, err)
	assert.NotEqual(t, "mine", live.State["publicIp"], "answers are copies")
	assert.True(t, slices.IsSorted(a.Leftovers()))
}
