package recovery_test

import (
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
)

func TestTheDocumentListsWhatTheMovesCall(t *testing.T) {
	page, err := os.ReadFile("../../../docs/operations.md")
	require.NoError(t, err)
	for prefix, calls := range map[string]reflect.Type{
		"rds": reflect.TypeFor[recovery.Databases](), "elasticfilesystem": reflect.TypeFor[recovery.Files](),
		"secretsmanager": reflect.TypeFor[recovery.Secrets](), "autoscaling": reflect.TypeFor[recovery.Groups](),
		"route53": reflect.TypeFor[recovery.DNS](),
	} {
		for i := range calls.NumMethod() {
			assert.Contains(t, string(page), "`"+prefix+":"+calls.Method(i).Name+"`", "a failover must not stop for a permission")
		}
	}
	page, err = os.ReadFile("../../../docs/recovery.md")
	require.NoError(t, err)
	for calls, i := reflect.TypeFor[recovery.Backups](), 0; i < calls.NumMethod(); i++ {
		assert.Contains(t, string(page), "\n- `backup:"+calls.Method(i).Name+"`\n", "a failover must not stop for a permission")
	}
}
