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

// TestCallsAreRecordedByTheirNamesInTheModels: the policies are checked against these names, so wrong names would prove
// nothing.
func TestCallsAreRecordedByTheirNamesInTheModels(t *testing.T) {
	environment := filepath.Join("..", "..", "..", Folder)
	if _, err := os.Stat(environment); err != nil {
		t.Skip("the models come with moto: run `make moto`")
	}
	for _, c := range []struct{ service, method, path, target, body, want string }{
		{service: "ec2", method: http.MethodPost, path: "/", target: "", body: "Action=CreateVpc&Version=2016-11-15",
			want: "ec2:CreateVpc"},
		{service: "kms", method: http.MethodPost, path: "/", target: "TrentService.CreateKey", body: "",
			want: "kms:CreateKey"},
		{service: "route53", method: http.MethodGet, path: "/2013-04-01/hostedzone/Z1", target: "", body: "",
			want: "route53:GetHostedZone"},
		{service: "route53", method: http.MethodPost, path: "/2013-04-01/hostedzone/Z1/rrset", target: "", body: "",
			want: "route53:ChangeResourceRecordSets"},
		{service: "elasticfilesystem", method: http.MethodPut, path: "/2015-02-01/file-systems/fs-1/backup-policy",
			target: "", body: "",
			want: "elasticfilesystem:PutBackupPolicy"},
		{service: "es", method: http.MethodGet, path: "/2021-01-01/opensearch/domain/logs", target: "", body: "",
			want: "es:DescribeDomain"},
		{service: "mq", method: http.MethodGet, path: "/v1/brokers/b-1", target: "", body: "",
			want: "mq:DescribeBroker"},
		{service: "s3", method: http.MethodGet, path: "/bucket?versioning", target: "", body: "",
			want: "s3:GetBucketVersioning"},
		{service: "mq", method: http.MethodGet, path: "/v9/brokers", target: "", body: "",
			want: "mq:GET /v9/brokers (in no model)"},
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
		require.Equal(t, http.StatusNotFound, answer.Code, "the layer must pass %s on", c.want)
		assert.Equal(t, []string{"up " + c.want}, server.Calls())
	}
}
