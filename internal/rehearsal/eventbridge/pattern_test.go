package eventbridge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const event = `{"source": "aws.rds", "resources": ["a", "b"], "detail": {"n": 1, "on": true, "keys": [{"arn": "x"}, {"arn": "y"}],
	"text": "Value"}}`

func TestAPatternMatchesAsInEventBridge(t *testing.T) {
	for pattern, want := range map[string]bool{
		`{"source": ["aws.rds"]}`:                                               true,
		`{"source": ["aws.ec2", "aws.rds"]}`:                                    true,
		`{"source": ["aws.ec2"]}`:                                               false,
		`{"source": ["aws.rds"], "region": ["us-east-1"]}`:                      false, // each field must be there
		`{"resources": ["b"]}`:                                                  true,  // one element is enough
		`{"resources": ["c"]}`:                                                  false,
		`{"detail": {"keys": {"arn": ["y"]}}}`:                                  true, // also of an array of objects
		`{"detail": {"keys": {"arn": ["z"]}}}`:                                  false,
		`{"detail": {"n": [1], "on": [true]}}`:                                  true,
		`{"detail": {"n": ["1"]}}`:                                              false, // a text is no number
		`{"detail": {"text": ["value"]}}`:                                       false, // the case is compared
		`{"detail": ["n"]}`:                                                     false, // an object is no value
		`{"source": ["aws.rds"], "detail": {"n": [1], "keys": {"arn": ["x"]}}}`: true,
	} {
		p, err := Parse(pattern)
		require.NoError(t, err, pattern)
		got, err := p.Matches(event)
		require.NoError(t, err)
		assert.Equal(t, want, got, pattern)
	}
}

func TestAWrongPatternIsRefused(t *testing.T) {
	for pattern, want := range map[string]string{
		`[]`:                               "a JSON object",
		`{}`:                               "an empty pattern",
		`{"detail": {}}`:                   "an empty pattern",
		`{"source": "aws.rds"}`:            "must be an object or an array",
		`{"source": []}`:                   "an empty array",
		`{"source": [{"prefix": "aws."}]}`: "knows no content filters",
	} {
		_, err := Parse(pattern)
		assert.ErrorContains(t, err, want, pattern)
	}
}
