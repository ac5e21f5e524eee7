# Renders morpheus.rb from the settings and secrets. In single quotes Ruby interprets only \\ and \', but removes a
# carriage return before a line feed. So text with control characters is written in double quotes, each character as
# \u{}.
def hex: if . < 16 then "0123456789abcdef"[.:. + 1] else (. / 16 | floor | hex) + (. % 16 | hex) end;

def ruby:
  if explode | any(. < 32 or . == 127)
  then "\"" + (explode | map("\\u{" + hex + "}") | join("")) + "\""
  else "'" + (split("\\") | join("\\\\") | split("'") | join("\\'")) + "'"
  end;

$database[0] as $db | $messaging[0] as $mq | $search[0] as $es |
"# Written by the boot of the node; a change here is lost at the next one.",
"appliance_url \($appliance_url | ruby)",
"app['encryption_key_suffix'] = \($appliance[0].suffix | ruby)",
"mysql['enable'] = false",
"mysql['host'] = {\($database_host | ruby) => \($database_port)}",
"mysql['use_tls'] = true",
"mysql['max_active'] = \($database_max)",
"mysql['morpheus_db'] = 'morpheus'",
"mysql['morpheus_db_user'] = \($db.username | ruby)",
"mysql['morpheus_password'] = \($db.password | ruby)",
"rabbitmq['enable'] = false",
"rabbitmq['host'] = \($messaging_host | ruby)",
"rabbitmq['port'] = \($messaging_port | ruby)",
"rabbitmq['use_tls'] = true",
"rabbitmq['vhost'] = 'morpheus'",
"rabbitmq['queue_user'] = \($mq.username | ruby)",
"rabbitmq['queue_user_password'] = \($mq.password | ruby)",
"rabbitmq['heartbeat'] = 50",
"\($search_section)['enable'] = false",
(if $search_cluster == "" then empty else "\($search_section)['cluster'] = \($search_cluster | ruby)" end),
"\($search_section)['es_hosts'] = {\($search_host | ruby) => \($search_port)}",
"\($search_section)['use_tls'] = true",
(if $search_replicas == "" then empty else "\($search_section)['replica_count'] = \($search_replicas)" end),
"\($search_section)['auth_user'] = \($es.username | ruby)",
"\($search_section)['auth_password'] = \($es.password | ruby)",
# The default is a local folder, which dies with the node and which other nodes cannot read.
"bitcan['backup_directory'] = \($backups | ruby)",
# Service users own the shared files, so their IDs must be the same on all nodes.
"user['uid'] = 899",
"user['gid'] = 899",
"node.default['morpheus_solo']['local_user']['uid'] = 898",
"node.default['morpheus_solo']['local_user']['gid'] = 898",
"guacd['uid'] = 894",
"guacd['gid'] = 894"
