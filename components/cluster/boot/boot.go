// Package boot writes the user data of a Morpheus node: the files that cloud-init puts on it, and the command that starts
// them. The work is done by shell parts (folder parts); what they are told is data in this package: the steps with their
// bounds, the programs a node needs and where they come from, the broker's policies. It knows nothing of Pulumi, so that
// tests can boot nodes with what a deployment would give them.
package boot

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxUserData is what EC2 takes, in bytes before base64.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
const MaxUserData = 16 * 1024

// Names of the lifecycle hooks of the group, which nodes answer.
const (
	LaunchHook    = "launch"
	TerminateHook = "drain"
)

// Bounds of a drain in seconds: the time that the appliance has to stop by itself, then to be ended, and to tell the hook.
// The termination hook must wait for longer than their sum, DrainSeconds: nobody sends it a heartbeat meanwhile.
const (
	drainStopSeconds = 600
	drainKillSeconds = 60
	DrainSeconds     = drainStopSeconds + drainKillSeconds + 120
	// drainOpenSeconds is how long the hook may take to open once the group has decided: as long as a load balancer may
	// wait for requests that run (3600 s), and some more.
	drainOpenSeconds = 3900
)

const (
	heartbeatSeconds = 120
	pollSeconds      = 5
	// packageSpaceMiB that must be free before the package is fetched: the vendor asks for 10 GB, and the file itself
	// takes some beside them.
	packageSpaceMiB = 12 * 1024
)

// Backend is one of the services that the appliance uses.
type Backend struct {
	Host string
	Port int
	// SecretArn of JSON {"username", "password"}.
	SecretArn string
}

// Download is a package that the node installs.
type Download struct {
	URL    string // "https://host/file.deb", or "s3://bucket/key", read with the node role
	SHA256 string // 64 hexadecimal digits
}

// Node is everything a node is told. None of it is secret: whoever may describe launch templates reads it.
type Node struct {
	Region    string
	DNSSuffix string // "amazonaws.com"
	// GroupName is the auto scaling group, whose hooks the node answers.
	GroupName string
	// LogGroup takes reports of failed boots and the logs of the appliance.
	LogGroup        string
	MetricNamespace string
	// DiagnosticsBucket takes reports of failed boots too; empty for none.
	DiagnosticsBucket string
	ApplianceURL      string
	FileSystemID      string
	// Database is the writer, entered as the appliance's user; its administrator is needed until that user is made.
	Database Backend
	// DatabaseMaxOpen is how many connections to it the appliance on one node may open; all nodes share what it takes.
	DatabaseMaxOpen        int
	DatabaseAdminSecretArn string
	// Messaging is AMQP over TLS; MessagingURL is the https URL of the management API.
	Messaging    Backend
	MessagingURL string
	Search       Backend
	// ApplianceSecretArn is where nodes keep what all of them must have alike. The first one fills it.
	ApplianceSecretArn string
	// SetupSecretArn holds the first administrator, JSON {"username", "password", "email"} and, if wanted, "accountName",
	// "firstName", "lastName" and "license"; empty to leave the setup page to the first client.
	SetupSecretArn string
	Package        Download
	// Supplemental is the vendor's package for nodes that reach no internet; the zero value for none.
	Supplemental Download
	// MirrorBucket holds the files of Tools that the image lacks, at their keys; empty for an image that has them all.
	MirrorBucket string
	// ToolSHA256 by the name of the tool.
	ToolSHA256 map[string]string
	// Proxy for the distribution's archive and https downloads; empty for none.
	Proxy string

	// Bounds in seconds by the name of a step, in place of those of the table; "lock" is the wait for the other nodes.
	Bounds map[string]int
	// The rest has defaults for the zero value.
	HeartbeatSeconds, PollSeconds, DrainOpenSeconds, DrainStopSeconds, DrainKillSeconds, PackageSpaceMiB int
}

var (
	hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// unprintable is what would end a line of the settings, or their quoting.
	unprintable = regexp.MustCompile(`[\x00-\x1f\x7f]`)
)

// Render is the user data: gzip, which cloud-init opens. It is an error when a value is missing or EC2 would refuse it.
func Render(n Node) ([]byte, error) {
	files, err := Files(n)
	if err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	data, err := cloudConfig(files)
	if err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	if len(data) > MaxUserData {
		return nil, fmt.Errorf("boot: the user data has %d bytes, EC2 takes %d", len(data), MaxUserData)
	}
	return data, nil
}

// RenderBase64 is Render as launch templates want it.
func RenderBase64(n Node) (string, error) {
	data, err := Render(n)
	return base64.StdEncoding.EncodeToString(data), err
}

// settings are node.conf: what the parts read, as the shell assigns it.
func (n Node) settings() map[string]string {
	or := func(given, otherwise int) string {
		if given == 0 {
			given = otherwise
		}
		return strconv.Itoa(given)
	}
	return map[string]string{
		"REGION": n.Region, "DNS_SUFFIX": n.DNSSuffix, "GROUP_NAME": n.GroupName, "LOG_GROUP": n.LogGroup,
		"DIAGNOSTICS_BUCKET": n.DiagnosticsBucket, "APPLIANCE_URL": n.ApplianceURL, "FILE_SYSTEM_ID": n.FileSystemID,
		"DATABASE_HOST": n.Database.Host, "DATABASE_PORT": strconv.Itoa(n.Database.Port),
		"DATABASE_MAX_OPEN": strconv.Itoa(n.DatabaseMaxOpen),
		"DATABASE_SECRET":   n.Database.SecretArn, "DATABASE_ADMIN_SECRET": n.DatabaseAdminSecretArn,
		"MESSAGING_HOST": n.Messaging.Host, "MESSAGING_PORT": strconv.Itoa(n.Messaging.Port),
		"MESSAGING_SECRET": n.Messaging.SecretArn, "MESSAGING_URL": strings.TrimSuffix(n.MessagingURL, "/"),
		"SEARCH_HOST": n.Search.Host, "SEARCH_PORT": strconv.Itoa(n.Search.Port), "SEARCH_SECRET": n.Search.SecretArn,
		"APPLIANCE_SECRET": n.ApplianceSecretArn, "SETUP_SECRET": n.SetupSecretArn,
		"PACKAGE_URL": n.Package.URL, "PACKAGE_SHA256": n.Package.SHA256,
		"SUPPLEMENTAL_URL": n.Supplemental.URL, "SUPPLEMENTAL_SHA256": n.Supplemental.SHA256,
		"MIRROR_BUCKET": n.MirrorBucket, "PROXY": n.Proxy,
		"LAUNCH_HOOK": LaunchHook, "TERMINATE_HOOK": TerminateHook,
		"LOCK_BOUND":         strconv.Itoa(n.bound(lockStep)),
		"BOOT_SECONDS":       strconv.Itoa(n.Seconds()),
		"HEARTBEAT_SECONDS":  or(n.HeartbeatSeconds, heartbeatSeconds),
		"POLL_SECONDS":       or(n.PollSeconds, pollSeconds),
		"DRAIN_OPEN_SECONDS": or(n.DrainOpenSeconds, drainOpenSeconds),
		"DRAIN_STOP_SECONDS": or(n.DrainStopSeconds, drainStopSeconds),
		"DRAIN_KILL_SECONDS": or(n.DrainKillSeconds, drainKillSeconds),
		"PACKAGE_SPACE_MIB":  or(n.PackageSpaceMiB, packageSpaceMiB),
	}
}

// optional settings may be empty.
var optional = []string{
	"DIAGNOSTICS_BUCKET", "SETUP_SECRET", "SUPPLEMENTAL_URL", "SUPPLEMENTAL_SHA256", "MIRROR_BUCKET", "PROXY",
}

func (n Node) validate() error {
	var wrong []error
	settings := n.settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := settings[name]
		switch {
		case (value == "" || value == "0") && !slices.Contains(optional, name):
			wrong = append(wrong, fmt.Errorf("%s is required", name))
		case unprintable.MatchString(value):
			wrong = append(wrong, fmt.Errorf("%s must not have control characters", name))
		}
	}
	for what, d := range map[string]Download{"package": n.Package, "supplemental package": n.Supplemental} {
		if d.URL != "" && !hexDigest.MatchString(d.SHA256) {
			wrong = append(wrong, fmt.Errorf("the SHA-256 of the %s must have 64 hexadecimal digits, got %q", what, d.SHA256))
		}
	}
	for name, sum := range n.ToolSHA256 {
		if !slices.ContainsFunc(Tools, func(t Tool) bool { return t.Name == name }) || !hexDigest.MatchString(sum) {
			wrong = append(wrong, fmt.Errorf("the SHA-256 of tool %s: a tool of the table and 64 hexadecimal digits are required", name))
		}
	}
	for name, seconds := range n.Bounds {
		if n.bound(name) == 0 || seconds < 1 {
			wrong = append(wrong, fmt.Errorf("bound of %q: a step and at least a second are required", name))
		}
	}
	return errors.Join(wrong...)
}
