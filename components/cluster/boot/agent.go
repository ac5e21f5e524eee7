package boot

import (
	"encoding/json"
	"fmt"
	"path"
)

// sharedFolder is the folder that the appliance shares between all nodes.
const sharedFolder = "/var/opt/morpheus/morpheus-ui"

// agentLogs are the files that the CloudWatch agent sends. The log stream is named <instance ID>/<Stream>.
var agentLogs = []struct{ Stream, Path string }{
	{Stream: "boot", Path: "/var/log/morpheus-node/boot.log"},
	{Stream: "drain", Path: "/var/log/morpheus-node/drain.log"},
	{Stream: "keep", Path: "/var/log/morpheus-node/keep.log"},
	{Stream: "morpheus-ui", Path: "/var/log/morpheus/morpheus-ui/current"},
	{Stream: "nginx", Path: "/var/log/morpheus/nginx/current"},
	{Stream: "check-server", Path: "/var/log/morpheus/check-server/current"},
	{Stream: "syslog", Path: "/var/log/syslog"},
	{Stream: "auth", Path: "/var/log/auth.log"},
}

// agentConfig returns the CloudWatch agent's configuration as JSON. The node replaces {instance} with its instance ID.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
func (n Node) agentConfig() (string, error) {
	files := make([]map[string]string, len(agentLogs))
	for i, l := range agentLogs {
		files[i] = map[string]string{
			"file_path": l.Path, "log_group_name": n.LogGroup, "log_stream_name": path.Join("{instance}", l.Stream),
		}
	}
	dimensions := map[string]string{"AutoScalingGroupName": n.GroupName, "InstanceId": "{instance}"}
	document, err := json.Marshal(map[string]any{
		"agent": map[string]any{"region": n.Region, "metrics_collection_interval": 60},
		"logs":  map[string]any{"logs_collected": map[string]any{"files": map[string]any{"collect_list": files}}},
		"metrics": map[string]any{
			"namespace": n.MetricNamespace,
			"metrics_collected": map[string]any{
				"mem": map[string]any{"measurement": []string{"used_percent"}, "append_dimensions": dimensions},
				"disk": map[string]any{
					"measurement": []string{"used_percent"}, "resources": []string{"/", sharedFolder},
					"drop_device": true, "append_dimensions": dimensions,
				},
			},
			// For alarms on the group: one time series per path, independent of the instances.
			"aggregation_dimensions": [][]string{{"AutoScalingGroupName"}, {"AutoScalingGroupName", "path"}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("write the configuration of the CloudWatch agent: %w", err)
	}
	return string(document) + "\n", nil
}
