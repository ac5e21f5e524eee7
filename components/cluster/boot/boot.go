// Package boot renders the user data of a Morpheus node: the files that cloud-init writes, and the commands that
// start its systemd units. The shell scripts in the folder parts do the work. Their input is data in this package:
// the steps with time limits, the required tools and packages, the broker's policies. The package does not import
// Pulumi, so that tests can boot nodes with the user data of a deployment.
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

// MaxUserData is EC2's limit for user data, in bytes before base64.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
const MaxUserData = 16 * 1024

// Names of the group's lifecycle hooks, which nodes complete.
const (
	LaunchHook    = "launch"
	TerminateHook = "drain"
)

// Time limits of a drain in seconds: for the appliance to stop, for killing it, and for completing the hook (120
// s). The time-out of the termination hook must be longer than their sum, DrainSeconds, because the node sends no
// heartbeat then.
const (
	drainStopSeconds = 600
	drainKillSeconds = 60
	DrainSeconds     = drainStopSeconds + drainKillSeconds + 120
	// drainOpenSeconds is how long a node waits for its termination hook after the group has decided to terminate
	// it: a load balancer's longest deregistration delay (3600 s) plus a reserve.
	drainOpenSeconds = 3900
)

const (
	heartbeatSeconds = 120
	pollSeconds      = 5
	// packageSpaceMiB must be free before a package is downloaded: the vendor requires 10 GB, plus the file itself.
	packageSpaceMiB = 12 * 1024
)

// Backend is a service that the appliance uses.
type Backend struct {
	Host string
	Port int
	// SecretArn is a secret with JSON {"username", "password"}.
	SecretArn string
}

// Download is a package that the node installs.
type Download struct {
	URL    string // "https://host/file.deb", or "s3://bucket/key", read with the node role
	SHA256 string // 64 hexadecimal digits
}

// Node is the input of a node. It must not contain secrets: everyone who may describe launch templates can read it.
type Node struct {
	Region    string
	DNSSuffix string // "amazonaws.com"
	// GroupName is the auto scaling group whose hooks the node completes.
	GroupName string
	// LogGroup receives reports of failed boots and the logs of the node.
	LogGroup        string
	MetricNamespace string
	// FilesBucket has the object BundleKey(Extras).
	FilesBucket string
	Extras      Extras
	// DiagnosticsBucket also receives reports of failed boots; empty for none.
	DiagnosticsBucket string
	ApplianceURL      string
	FileSystemID      string
	// Database is the writer, with the secret of the appliance's user.
	Database Backend
	// DatabaseMaxOpen is the largest number of database connections of one node. The database's limit is for all
	// nodes.
	DatabaseMaxOpen int
	// DatabaseAdminSecretArn is used only while the database or the appliance's user is incomplete.
	DatabaseAdminSecretArn string
	// Messaging is AMQP over TLS; MessagingURL is the https URL of the management API.
	Messaging    Backend
	MessagingURL string
	Search       Backend
	// SnapshotBucket gets the snapshots of Search, which writes them with the role SnapshotRoleArn.
	SnapshotBucket, SnapshotRoleArn string
	// DefinitionsBucket gets the definitions of the broker.
	DefinitionsBucket string
	// RoleArn is the node's own role, which Search lets register the bucket.
	RoleArn string
	// SearchSection is the section of morpheus.rb for Search: "elasticsearch" before release 8.1.0, else "opensearch".
	SearchSection string
	// SearchReplicas is how many copies the appliance makes of a shard; 0 for its own default.
	SearchReplicas int
	// SyncWrites mounts the shared file system with the option sync.
	SyncWrites bool
	// FilesRestored is true for a shared file system that AWS Backup made: its files are in a folder, and the first node moves
	// them to the root.
	FilesRestored bool
	// ApplianceSecretArn is the secret with the values that must be equal on all nodes. The first node writes it.
	ApplianceSecretArn string
	// SetupSecretArn is a secret with the first administrator: JSON {"username", "password", "email"} and optionally
	// "accountName", "firstName", "lastName" and "license". When empty, the first client completes the setup page.
	SetupSecretArn string
	Package        Download
	// Supplemental is the vendor's package for nodes without internet access; the zero value for none.
	Supplemental Download
	// MirrorBucket has the files of Tools that are missing from the image, at their keys; empty if none is missing.
	MirrorBucket string
	// ToolSHA256 has the digests of the tools in the mirror bucket, by Tool.Name.
	ToolSHA256 map[string]string
	// Proxy is the URL of a proxy for the distribution's archive and https downloads; empty for none.
	Proxy string

	// TimeLimits replace those of Steps, in seconds by name of the step; "lock" is the wait for other nodes.
	TimeLimits map[string]int
	// The zero value of these fields stands for the default.
	HeartbeatSeconds, PollSeconds, DrainOpenSeconds, DrainStopSeconds, DrainKillSeconds, PackageSpaceMiB int
}

var (
	hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// unprintable characters could end a line of the settings or break its quoting.
	unprintable = regexp.MustCompile(`[\x00-\x1f\x7f]`)
)

// Render returns the user data as gzip, which cloud-init decompresses. It returns an error when a required value is
// missing, a value is invalid, or the result is larger than MaxUserData.
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

// RenderBase64 returns the result of Render as base64, as launch templates require it.
func RenderBase64(n Node) (string, error) {
	data, err := Render(n)
	return base64.StdEncoding.EncodeToString(data), err
}

// settings returns the variables of node.conf, which the scripts read.
func (n Node) settings() map[string]string {
	withDefault := func(value, fallback int) string {
		if value == 0 {
			value = fallback
		}
		return strconv.Itoa(value)
	}
	replicas, option := "", ""
	if n.SearchReplicas > 0 {
		replicas = strconv.Itoa(n.SearchReplicas)
	}
	if n.SyncWrites {
		option = ",sync"
	}
	settings := map[string]string{
		"SEARCH_SECTION": n.SearchSection, "SEARCH_REPLICAS": replicas, "SYNC_OPTION": option,
		"SNAPSHOT_BUCKET": n.SnapshotBucket, "SNAPSHOT_ROLE": n.SnapshotRoleArn, "NODE_ROLE": n.RoleArn,
		"DEFINITIONS_BUCKET": n.DefinitionsBucket, "METRIC_NAMESPACE": n.MetricNamespace,
		"REGION": n.Region, "DNS_SUFFIX": n.DNSSuffix, "GROUP_NAME": n.GroupName, "LOG_GROUP": n.LogGroup,
		"FILES_BUCKET":       n.FilesBucket,
		"DIAGNOSTICS_BUCKET": n.DiagnosticsBucket, "APPLIANCE_URL": n.ApplianceURL, "FILE_SYSTEM_ID": n.FileSystemID,
		"DATABASE_HOST": n.Database.Host, "DATABASE_PORT": strconv.Itoa(n.Database.Port),
		"DATABASE_MAX_OPEN": strconv.Itoa(n.DatabaseMaxOpen),
		"DATABASE_SECRET":   n.Database.SecretArn, "DATABASE_ADMIN_SECRET": n.DatabaseAdminSecretArn,
		"MESSAGING_HOST": n.Messaging.Host, "MESSAGING_PORT": strconv.Itoa(n.Messaging.Port),
		"MESSAGING_SECRET": n.Messaging.SecretArn, "MESSAGING_URL": strings.TrimSuffix(n.MessagingURL, "/"),
		"SEARCH_HOST": n.Search.Host, "SEARCH_PORT": strconv.Itoa(n.Search.Port), "SEARCH_SECRET": n.Search.SecretArn,
		"SEARCH_CLUSTER":   searchDomain(n.Search.Host),
		"APPLIANCE_SECRET": n.ApplianceSecretArn, "SETUP_SECRET": n.SetupSecretArn,
		"PACKAGE_URL": n.Package.URL, "PACKAGE_SHA256": n.Package.SHA256,
		"SUPPLEMENTAL_URL": n.Supplemental.URL, "SUPPLEMENTAL_SHA256": n.Supplemental.SHA256,
		"MIRROR_BUCKET": n.MirrorBucket, "PROXY": n.Proxy,
		"LAUNCH_HOOK": LaunchHook, "TERMINATE_HOOK": TerminateHook,
		"LOCK_BOUND":         strconv.Itoa(n.timeLimit(lockStep)),
		"BOOT_SECONDS":       strconv.Itoa(n.Seconds()),
		"HEARTBEAT_SECONDS":  withDefault(n.HeartbeatSeconds, heartbeatSeconds),
		"POLL_SECONDS":       withDefault(n.PollSeconds, pollSeconds),
		"DRAIN_OPEN_SECONDS": withDefault(n.DrainOpenSeconds, drainOpenSeconds),
		"DRAIN_STOP_SECONDS": withDefault(n.DrainStopSeconds, drainStopSeconds),
		"DRAIN_KILL_SECONDS": withDefault(n.DrainKillSeconds, drainKillSeconds),
		"PACKAGE_SPACE_MIB":  withDefault(n.PackageSpaceMiB, packageSpaceMiB),
	}
	if n.FilesRestored { // the scripts take a setting that is missing for no
		settings["FILES_RESTORED"] = "yes"
	}
	return settings
}

// optional lists the settings that may be empty.
var optional = []string{
	"DIAGNOSTICS_BUCKET", "SETUP_SECRET", "SUPPLEMENTAL_URL", "SUPPLEMENTAL_SHA256", "MIRROR_BUCKET", "PROXY",
	"SEARCH_CLUSTER", "SEARCH_REPLICAS", "SYNC_OPTION",
}

// searchEndpoint matches the endpoint of an OpenSearch domain: "vpc-" or "search-", the domain's name, "-" and
// AWS's own ID.
var searchEndpoint = regexp.MustCompile(`^(?:vpc|search)-([a-z][a-z0-9-]{2,27})-[a-z0-9]+\.`)

// searchDomain returns the name of the OpenSearch domain, which the vendor's examples for external clusters set as
// elasticsearch['cluster']; empty for another host name.
func searchDomain(host string) string {
	if match := searchEndpoint.FindStringSubmatch(host); match != nil {
		return match[1]
	}
	return ""
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
			wrong = append(wrong, fmt.Errorf("%s must not contain control characters", name))
		}
	}
	for what, d := range map[string]Download{"package": n.Package, "supplemental package": n.Supplemental} {
		if d.URL != "" && !hexDigest.MatchString(d.SHA256) {
			wrong = append(wrong, fmt.Errorf("the SHA-256 of the %s: must be 64 hexadecimal digits, got %q", what, d.SHA256))
		}
	}
	for name, sum := range n.ToolSHA256 {
		if !slices.ContainsFunc(Tools, func(t Tool) bool { return t.Name == name }) {
			wrong = append(wrong, fmt.Errorf("the SHA-256 of tool %s: there is no such tool", name))
		} else if !hexDigest.MatchString(sum) {
			wrong = append(wrong, fmt.Errorf("the SHA-256 of tool %s: must be 64 hexadecimal digits, got %q", name, sum))
		}
	}
	for name, seconds := range n.TimeLimits {
		if defaultTimeLimit(name) == 0 {
			wrong = append(wrong, fmt.Errorf("time limit of %q: there is no such step", name))
		} else if seconds < 1 {
			wrong = append(wrong, fmt.Errorf("time limit of %q: must be at least 1 second, got %d", name, seconds))
		}
	}
	return errors.Join(wrong...)
}
