package moto

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

func TestDeletedResourcesAreNotLeftovers(t *testing.T) {
	l := &awstypes.Listing{ID: `<natGatewayId>([^<]+)`}
	answer := "<item><natGatewayId>nat-1</natGatewayId><state>deleted</state></item>" +
		"<item><natGatewayId>nat-2</natGatewayId><state>available</state></item>" +
		"<item><natGatewayId>nat-3</natGatewayId><state>deleted</state></item>"
	assert.Equal(t, []string{"nat-2"}, present(l, itemsIn(l, answer)),
		"AWS also lists a deleted NAT gateway for a while")
}
