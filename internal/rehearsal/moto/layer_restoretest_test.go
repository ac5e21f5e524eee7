package moto

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// moto finds no tags of a vault if the path does not end with a slash, and the next update would set them again.
func TestTheTagsOfAVaultAreAskedBetweenTwoSlashes(t *testing.T) {
	var path string
	layer := layered(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.EscapedPath() }),
		newRecorder(&models{}))
	const vault = "/tags/arn%3Aaws%3Abackup%3Aus-east-1%3A123456789012%3Abackup-vault%3Av"
	for _, asked := range []string{vault, vault + "/"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, asked, nil)
		request.Header.Set("Authorization", signature("backup"))
		layer.ServeHTTP(httptest.NewRecorder(), request)
		assert.Equal(t, vault+"/", path, "moto reads the ARN between two slashes")
	}
}
