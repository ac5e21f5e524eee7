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

// create creates a resource in the region of the tests.
func create(a *account.Account, token string, inputs values) (account.Answer, error) {
	return a.Create(account.Request{Region: region, Token: token, Inputs: inputs})
}

func TestRegionsAreSeparate(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	ask := func(region, token string, inputs values) (account.Answer, error) {
		return a.Create(account.Request{Region: region, Token: token, Inputs: inputs})
	}
	here, err := ask(region, awstoken.EC2VPC, values{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err)
	there, err := ask(other, awstoken.EC2VPC, values{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err, "two regions may have the same address range")

	in := func(id string) values { return values{"vpcId": id, "cidrBlock": "10.0.0.0/24"} }
	_, err = ask(other, awstoken.EC2Subnet, in(here.ID))
	assert.ErrorContains(t, err, "InvalidVpcID.NotFound", "an id of another region must not be found")
	assert.ErrorContains(t, err, other, "the message must name the region")
	made, err := ask(other, awstoken.EC2Subnet, in(there.ID))
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1a", made.State["availabilityZone"], "without a zone, AWS must choose one of the region")

	for _, r := range []string{region, other} {
		_, err = ask(r, awstoken.EFSFileSystem, values{"creationToken": "shared"})
		assert.NoError(t, err, "the same physical name must be free in %s", r)
		_, err = ask(r, awstoken.EFSFileSystem, values{"creationToken": "shared"})
		assert.ErrorContains(t, err, "AlreadyExists", "the name must be taken after its use in %s", r)
	}
	for _, r := range []string{region, other} {
		_, err = a.Read(account.Request{Region: r, Token: awstoken.EC2VPC, ID: here.ID})
		assert.Equal(t, r == region, err == nil, "a VPC can only be read in its region")
	}

	trust := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",` +
		`"Principal": {"Service": "ec2.amazonaws.com"}}]}`
	_, err = ask(region, awstoken.IAMRole, values{"name": "node", "assumeRolePolicy": trust})
	require.NoError(t, err)
	_, err = ask(other, awstoken.IAMRole, values{"name": "node", "assumeRolePolicy": trust})
	assert.ErrorContains(t, err, "AlreadyExists", "IAM has no regions")
	_, err = ask(other, awstoken.IAMInstanceProfile, values{"name": "node", "role": "node"})
	assert.NoError(t, err, "every region must see a role")

	for _, r := range []string{region, other} { // a kept name is only taken in one region
		_, err = ask(r, awstoken.SecretsManagerSecret, values{"name": "app"})
		require.NoError(t, err, "a secret that waits for its deletion in another region must not block the name")
		for _, left := range a.Leftovers() {
			if fields := strings.Fields(left); fields[0] == awstoken.SecretsManagerSecret {
				require.NoError(t,
					a.Delete(account.Request{Region: r, Token: awstoken.SecretsManagerSecret, ID: fields[1]}))
			}
		}
	}
}

func TestUnknownTypesAndLookUpsAreErrors(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	const table = "aws:dynamodb/table:Table"
	request := account.Request{Region: region, Token: table, ID: "x"}
	_, err := a.Create(request)
	assert.ErrorContains(t, err, table, "an unknown type must not be accepted")
	_, err = a.Update(request)
	assert.ErrorContains(t, err, table)
	_, err = a.Read(request)
	assert.ErrorContains(t, err, table)
	assert.ErrorContains(t, a.Delete(request), table)
	_, err = a.Invoke(region, "aws:ec2/getVpcs:getVpcs", nil)
	assert.ErrorContains(t, err, "aws:ec2/getVpcs:getVpcs", "an unknown look-up must not return an empty result")
}

func TestMissingResourcesAreNotFound(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	request := account.Request{
		Region: region, Token: awstoken.EC2VPC, ID: "vpc-gone", Inputs: values{"cidrBlock": "10.0.0.0/16"},
	}
	_, err := a.Update(request)
	assert.ErrorIs(t, err, account.ErrNotFound, "a resource that was deleted outside Pulumi cannot be changed")
	_, err = a.Read(request)
	assert.ErrorIs(t, err, account.ErrNotFound, "a refresh must find that it no longer exists")
	assert.NoError(t, a.Delete(request), "deleting a missing resource must succeed")
}

func TestLeftoversAreResourcesOfDeployments(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	assert.Empty(t, a.Leftovers(), "resources of the fixture must not count")
	made, err := a.Create(
		account.Request{Region: other, Token: awstoken.EC2VPC, Inputs: values{"cidrBlock": "10.0.0.0/16"}},
	)
	require.NoError(t, err)
	assert.Equal(t, []string{awstoken.EC2VPC + " " + made.ID + " " + other}, a.Leftovers(), "type, id and region")
	require.NoError(t, a.Delete(account.Request{Region: other, Token: awstoken.EC2VPC, ID: made.ID}))
	assert.Empty(t, a.Leftovers(), "a deleted resource must not be listed")
	assert.Empty(t, a.Kept(), "AWS must not keep anything of it")
}

func TestAServiceLinkedRoleExistsOnceInAnAccount(t *testing.T) {
	linked := func(a *account.Account) error {
		_, err := create(a, awstoken.IAMServiceLinkedRole, values{"awsServiceName": "opensearchservice.amazonaws.com"})
		return err
	}
	assert.ErrorContains(t, linked(simaws.NewAccount(simaws.Options{})), "has been taken",
		"a used account has the role already")
	fresh := simaws.NewAccount(simaws.Options{Fresh: true})
	require.NoError(t, linked(fresh), "a fresh account does not have it")
	assert.ErrorContains(t, linked(fresh), "has been taken", "a second stack must not create it again")
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
	assert.Less(t, took(0), 500*time.Millisecond, "without a scale, calls must not wait")
	assert.GreaterOrEqual(t, took(60), 50*time.Millisecond,
		"AWS creates a VPC in 2 s and deletes it in 1 s: 50 ms at 60 times the speed")

	a := simaws.NewAccount(simaws.Options{Scale: 0.001})
	start := time.Now()
	_, err := a.Create(
		account.Request{Region: region, Token: awstoken.EC2VPC, Inputs: values{"cidrBlock": "10.0.0.0/8"}},
	)
	assert.Error(t, err)
	assert.Less(t, time.Since(start), time.Second, "an error must come without delay")
}

func TestTheAccountServesManyProvidersAtOnce(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	var all sync.WaitGroup
	answers := make([]account.Answer, 32)
	for i := range answers {
		all.Go(func() {
			answers[i], _ = create(a, awstoken.EC2ElasticIP, values{"domain": "vpc"})
			answers[i].State["publicIp"] = "mine" // changes only the caller's copy
			a.Leftovers()
		})
	}
	all.Wait()
	ids := map[string]bool{}
	for _, answer := range answers {
		ids[answer.ID] = true
	}
	assert.Len(t, ids, len(answers), "every resource must have a unique id")
	live, err := a.Read(account.Request{Region: region, Token: awstoken.EC2ElasticIP, ID: answers[0].ID})
	require.NoError(t, err)
	assert.NotEqual(t, "mine", live.State["publicIp"], "the account must return copies")
	assert.True(t, slices.IsSorted(a.Leftovers()))
}
