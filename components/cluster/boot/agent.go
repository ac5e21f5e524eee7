package boot

import (
	"encoding/json"
	"fmt"
	"path"
)

// sharedFolder is where the appliance expects what all nodes share.
const sharedFolder = "/var/opt/morpheus/morpheus-ui"

// Logs that the CloudWatch agent sends, by the name of their stream after the instance's id.
var logs = []struct{ Stream, Path string }{
	{"boot", "/var/log/morpheus-node/boot.log"},
	{"drain", "/var/log/morpheus-node/drain.log"},
	{"morpheus-ui", "/var/log/morpheus/morpheus-ui/current"},
	{"nginx", "/var/log/morpheus/nginx/current"},
	{"check-server", "/var/log/morpheus/check-server/current"},
}

// agent is the configuration of the CloudWatch agent; the node writes its own id in place of {instance}.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
func (n Node) agent() (string, error) {
	files := make([]map[string]string, len(logs))
	for i, l := range logs {
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
			// For alarms on the group: one series for each path, whatever nodes there are.
			"aggregation_dimensions": [][]string{{"AutoScalingGroupName"}, {"AutoScalingGroupName", "path"}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("write the configuration of the CloudWatch agent: %w", err)
	}
	return string(document) + "\n", nil
}
