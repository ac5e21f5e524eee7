package change

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// stubs answer what moto lacks, or answers in one way only, from the world.
func (w *world) stubs() []opstest.Stub {
	live := func(call string, answer func(form url.Values) m) opstest.Stub {
		return opstest.Stub{Call: call, Reply: func(body string) (map[string]any, string) {
			form, _ := url.ParseQuery(body) // of the query protocol; empty for others
			w.mu.Lock()
			defer w.mu.Unlock()
			return answer(form), ""
		}}
	}
	return append([]opstest.Stub{
		live("autoscaling DescribeAutoScalingGroups", func(url.Values) m { return w.describeGroup() }),
		live("autoscaling DescribeInstanceRefreshes", func(url.Values) m {
			return m{"InstanceRefreshes": l{m{
				"InstanceRefreshId": "r-1", "Status": w.refresh.status, "StatusReason": w.refresh.reason, "PercentageComplete": 40,
				"InstancesToUpdate": 2,
			}}}
		}),
		live("autoscaling CancelInstanceRefresh", func(form url.Values) m {
			if form.Get("WaitForTransitioningInstances") == "false" {
				w.refresh.status = "Cancelled"
			} else {
				w.refresh.status = "Cancelling" // for an hour
			}
			return m{"InstanceRefreshId": "r-1"}
		}),
		live("autoscaling SuspendProcesses", func(form url.Values) m {
			w.group.suspended = members(form, "ScalingProcesses")
			return m{}
		}),
		live("autoscaling ResumeProcesses", func(form url.Values) m {
			w.group.suspended = slices.DeleteFunc(w.group.suspended, func(p string) bool {
				return slices.Contains(members(form, "ScalingProcesses"), p)
			})
			return m{}
		}),
		live("autoscaling CreateOrUpdateTags", func(form url.Values) m {
			w.group.work = form.Get("Tags.member.1.Value")
			return m{}
		}),
		live("autoscaling DeleteTags", func(url.Values) m {
			w.group.work = ""
			return m{}
		}),
		live("ec2 DescribeInstances", func(url.Values) m {
			var list l
			for _, n := range w.group.nodes {
				list = append(list, m{
					"InstanceId": n.id, "ImageId": n.image, "Tags": l{m{"Key": releaseTag, "Value": n.release}},
				})
			}
			return m{"Reservations": l{m{"Instances": list}}}
		}),
		live("ec2 DescribeLaunchTemplateVersions", func(url.Values) m {
			return m{"LaunchTemplateVersions": l{m{"LaunchTemplateData": m{"ImageId": w.group.image}}}}
		}),
		{Call: "ec2 DescribeImages", Answer: m{"Images": l{
			m{"ImageId": oldImage, "CreationDate": "2026-01-15T07:00:00.000Z", "Name": imageName + oldSerial},
			m{"ImageId": newImage, "CreationDate": "2026-11-20T07:00:00.000Z", "Name": imageName + newSerial},
		}}},
		{Call: "ssm GetParameter", Code: "ParameterNotFound"},
		{Call: "ssm GetParameter", When: "/" + oldSerial + "/", Answer: m{"Parameter": m{"Value": oldImage}}},
		{Call: "ssm GetParameter", When: "/" + newSerial + "/", Answer: m{"Parameter": m{"Value": newImage}}},
		{Call: "ssm GetParameter", When: "/current/", Answer: m{"Parameter": m{"Value": newImage}}},
		{Call: "rds DescribeDBClusters", Reply: func(body string) (map[string]any, string) {
			form, _ := url.ParseQuery(body)
			w.mu.Lock()
			defer w.mu.Unlock()
			if form.Get("DBClusterIdentifier") != w.database.name {
				return nil, "DBClusterNotFoundFault"
			}
			cluster := m{
				"DBClusterIdentifier": w.database.name, "Status": w.database.status, "EngineVersion": w.database.version,
				"DeletionProtection": w.database.protected,
			}
			if w.database.pending != "" {
				cluster["PendingModifiedValues"] = m{"EngineVersion": w.database.pending}
			}
			return m{"DBClusters": l{cluster}}, ""
		}},
		live("rds ModifyDBCluster", func(form url.Values) m {
			if form.Get("ApplyImmediately") == "true" {
				w.database.pending, w.database.status = form.Get("EngineVersion"), "upgrading"
			}
			return m{}
		}),
		{Call: "rds DescribeDBClusterSnapshots", When: "rds%3A", Reply: func(string) (map[string]any, string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.database.name != "morpheus-prod" { // RDS has deleted it with its cluster
				return nil, "DBClusterSnapshotNotFoundFault"
			}
			return m{"DBClusterSnapshots": l{w.taken("rds:"+automaticName, m{"SnapshotType": "automated"})}}, ""
		}},
		live("rds CopyDBClusterSnapshot", func(form url.Values) m {
			w.save(form.Get("TargetDBClusterSnapshotIdentifier"))
			return m{}
		}),
		{Call: "secretsmanager DescribeSecret", Answer: m{"CreatedDate": w.began.Add(-24 * time.Hour)}},
		{Call: "kms DescribeKey", When: "key/enabled", Answer: m{"KeyMetadata": m{"KeyId": "k", "KeyState": "Enabled"}}},
		{Call: "kms DescribeKey", When: "key/leaving", Answer: m{"KeyMetadata": m{"KeyId": "k", "KeyState": "PendingDeletion"}}},
		{Call: "kms DescribeKey", When: "key/gone", Code: "NotFoundException"},
		{Call: "kms DescribeKey", When: "key/hidden", Code: "AccessDeniedException"},
		{Call: "rds DescribeDBEngineVersions", Answer: m{"DBEngineVersions": l{m{"ValidUpgradeTarget": l{
			m{"EngineVersion": newEngine}, m{"EngineVersion": "8.0.mysql_aurora.3.12.1"},
		}}}}},
		live("opensearch DescribeDomain", func(url.Values) m {
			return m{"DomainStatus": m{
				"DomainId": "1", "DomainName": "morpheus-logs", "ARN": "arn:d", "EngineVersion": w.domain.version,
				"UpgradeProcessing": w.domain.left > 0, "ClusterConfig": m{},
			}}
		}),
		{Call: "opensearch GetCompatibleVersions", Answer: m{"CompatibleVersions": l{
			m{"SourceVersion": oldDomain, "TargetVersions": []string{newDomain}},
		}}},
		{Call: "mq ListBrokers", Answer: m{"BrokerSummaries": l{m{
			"BrokerName": "morpheus-rabbitmq", "BrokerId": "b-1", "DeploymentMode": "CLUSTER_MULTI_AZ", "EngineType": "RABBITMQ",
		}}}},
		live("mq DescribeBroker", func(url.Values) m {
			return m{
				"BrokerId": "b-1", "EngineVersion": w.broker.version, "PendingEngineVersion": w.broker.pending, "BrokerState": w.broker.state,
				"MaintenanceWindowStartTime": m{"DayOfWeek": "SUNDAY", "TimeOfDay": "05:00", "TimeZone": "UTC"},
			}
		}),
		live("mq RebootBroker", func(url.Values) m {
			if w.broker.pending != "" {
				w.broker.state = "REBOOT_IN_PROGRESS"
			}
			return m{}
		}),
		live("backup ListBackupJobs", func(url.Values) m {
			var list l
			if w.backups > 0 {
				w.backups++
				list = l{m{"State": "RUNNING", "CreationDate": w.now}}
				if w.backups > 3 {
					list = l{m{"State": "COMPLETED", "CreationDate": w.now}}
				}
			}
			return m{"BackupJobs": list}
		}),
		live("backup StartBackupJob", func(url.Values) m {
			w.backups = 1
			return m{"BackupJobId": "j-1"}
		}),
	}, w.more...)
}

const imageName = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-"

func (w *world) describeGroup() m {
	var list, suspended l
	for _, n := range w.group.nodes {
		list = append(list, m{
			"InstanceId": n.id, "LifecycleState": "InService", "HealthStatus": "Healthy",
			"LaunchTemplate": m{"LaunchTemplateId": "lt-1", "Version": strconv.Itoa(n.template)},
		})
	}
	for _, p := range w.group.suspended {
		suspended = append(suspended, m{"ProcessName": p})
	}
	tags := l{m{"Key": releaseTag, "Value": w.group.release}}
	if w.group.work != "" {
		tags = append(tags, m{"Key": "morpheus:work", "Value": w.group.work})
	}
	return m{"AutoScalingGroups": l{m{
		"AutoScalingGroupName": "morpheus-prod", "MinSize": 3, "MaxSize": 6, "DesiredCapacity": 3, "Instances": list, "Tags": tags,
		"SuspendedProcesses": suspended,
		"MixedInstancesPolicy": m{"LaunchTemplate": m{"LaunchTemplateSpecification": m{
			"LaunchTemplateId": "lt-1", "Version": strconv.Itoa(w.group.template),
		}}},
	}}}
}

// members of a list in a form of the query protocol.
func members(form url.Values, name string) []string {
	var out []string
	for key, values := range form {
		if strings.HasPrefix(key, name+".member.") {
			out = append(out, values...)
		}
	}
	slices.Sort(out)
	return out
}
