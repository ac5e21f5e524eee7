package moto

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCallsAreRecordedByTheirNamesInTheModels: a policy is held against these names, so that a wrong one would prove nothing.
func TestCallsAreRecordedByTheirNamesInTheModels(t *testing.T) {
	environment := filepath.Join("..", "..", "..", Folder)
	if _, err := os.Stat(environment); err != nil {
		t.Skip("the models come with moto: run `make moto`")
	}
	for _, c := range []struct{ service, method, path, target, body, want string }{
		{"ec2", http.MethodPost, "/", "", "Action=CreateVpc&Version=2016-11-15", "ec2:CreateVpc"},
		{"kms", http.MethodPost, "/", "TrentService.CreateKey", "", "kms:CreateKey"},
		{"route53", http.MethodGet, "/2013-04-01/hostedzone/Z1", "", "", "route53:GetHostedZone"},
		{"route53", http.MethodPost, "/2013-04-01/hostedzone/Z1/rrset", "", "", "route53:ChangeResourceRecordSets"},
		{"elasticfilesystem", http.MethodPut, "/2015-02-01/file-systems/fs-1/backup-policy", "", "", "elasticfilesystem:PutBackupPolicy"},
		{"es", http.MethodGet, "/2021-01-01/opensearch/domain/logs", "", "", "es:DescribeDomain"},
		{"mq", http.MethodGet, "/v1/brokers/b-1", "", "", "mq:DescribeBroker"},
		{"s3", http.MethodGet, "/bucket?versioning", "", "", "s3:GetBucketVersioning"},
		{"mq", http.MethodGet, "/v9/brokers", "", "", "mq:GET /v9/brokers (in no model)"},
	} {
		r := newRecorder(newModels(environment))
		server := Server{calls: r}
		server.Phase("up")
		request := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
		request.Header.Set("Authorization", signature(c.service))
		if c.target != "" {
			request.Header.Set("X-Amz-Target", c.target)
		}
		if c.body != "" {
			request.Header.Set("Content-Type", formType)
		}
		answer := httptest.NewRecorder()
		layered(http.NotFoundHandler(), r).ServeHTTP(answer, request)
		require.Equal(t, http.StatusNotFound, answer.Code, "the layer must leave %s alone", c.want)
		assert.Equal(t, []string{"up " + c.want}, server.Calls())
	}
}
