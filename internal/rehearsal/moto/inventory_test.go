package moto

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatIsDeletedIsNotLeft(t *testing.T) {
	l := listing{id: `<natGatewayId>([^<]+)`}
	answer := "<item><natGatewayId>nat-1</natGatewayId><state>deleted</state></item>" +
		"<item><natGatewayId>nat-2</natGatewayId><state>available</state></item>" +
		"<item><natGatewayId>nat-3</natGatewayId><state>deleted</state></item>"
	assert.Equal(t, []string{"nat-2"}, l.present(l.things(answer)), "AWS too shows a deleted NAT gateway for a while")
}
