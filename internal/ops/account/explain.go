package account

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// kinds of errors by AWS's codes, with what to say. AWS's own message of a refusal contains names of identities and an
// encoded policy; it helps nobody here.
var kinds = []struct {
	codes []string
	says  string
}{
	{
		codes: []string{
			"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
			"RequestLimitExceeded", "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded",
		},
		says: "AWS throttles the call, also after 3 repetitions; run the command again in a minute",
	},
	{
		codes: []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"},
		says:  "the credentials have expired; log in again",
	},
	{
		codes: []string{
			"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId",
			"AuthFailure", "IncompleteSignature", "InvalidSignatureException", "MissingAuthenticationToken",
		},
		says: "AWS does not accept the credentials; log in again or choose another profile",
	},
	{
		codes: []string{
			"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden",
			"UnauthorizedAccess", "AuthorizationErrorException", "ForbiddenException", "NotAuthorized",
		},
		says: "the credentials do not allow the call",
	},
	{
		codes: []string{"OptInRequired", "SubscriptionRequiredException"},
		says:  "the account is not subscribed to the service, or the region is not enabled",
	},
}

// keyID matches an access key's id.
var keyID = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{12,}\b`)

// Explain returns the cause of a failed call in one line: the call and why it failed.
func Explain(err error) string {
	call := ""
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		call = operation.ServiceID + " " + operation.OperationName + ": "
	}
	return keyID.ReplaceAllString(strings.Join(strings.Fields(call+cause(err)), " "), "[access key]")
}

func cause(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		for _, kind := range kinds {
			if slices.Contains(kind.codes, api.ErrorCode()) {
				return fmt.Sprintf("%s (%s)", kind.says, api.ErrorCode())
			}
		}
		return fmt.Sprintf("%s: %s", api.ErrorCode(), short(api.ErrorMessage()))
	}
	var (
		network  net.Error
		dialling *net.OpError
		text     = err.Error()
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case strings.Contains(text, "failed to refresh cached credentials"), strings.Contains(text, "get identity"),
		strings.Contains(text, "failed to retrieve credentials"), strings.Contains(text, "no EC2 IMDS role found"):
		return "there are no usable credentials; log in, such as with aws sso login, or set AWS_PROFILE"
	case errors.As(err, &dialling):
		return "no connection: " + short(dialling.Error())
	}
	return text
}

// longest message of AWS in characters.
const longest = 300

func short(text string) string {
	if len(text) > longest {
		return text[:longest] + "..."
	}
	return text
}

// IsCode reports whether AWS has answered with one of the codes.
func IsCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
