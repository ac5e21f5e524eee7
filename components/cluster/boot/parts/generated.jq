# Compares the shared generated secrets with those that reconfigure made, and brings them up to date. Input: the
# appliance secret. $made: the text of morpheus-secrets.json, or empty. Output: {changed, dropped, added, merged}.
# The first three are names such as "mysql.root_password"; `merged` is the document for all nodes.

# Credentials of the back ends, which are rotated in Secrets Manager. All other values belong to the appliance.
def owned: [
  {path: ["mysql", "morpheus_password"], value: $database[0].password},
  {path: ["rabbitmq", "queue_user_password"], value: $messaging[0].password}];
def at($path): try getpath($path) catch null;
# A list counts as one value.
def leaves: [paths(type != "object") | select(all(type == "string"))];
def names: map(join("."));

(.secrets // "{}" | fromjson) as $known
| (if $made == "" then $known else $made | fromjson end) as $new
| ([$known | leaves[]] - [owned[].path]) as $fixed
| {
    changed: [$fixed[] | select(. as $p | $new | at($p) != null and at($p) != ($known | at($p)))] | names,
    dropped: [$fixed[] | select(. as $p | $new | at($p) == null)] | names,
    added: (($new | leaves) - ($known | leaves)) | names,
    merged: (reduce owned[] as $o ($known * $new;
      if at($o.path) == null then . else setpath($o.path; $o.value) end))
  }
