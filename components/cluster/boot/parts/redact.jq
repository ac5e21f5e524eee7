# Takes the secrets out of a text: each as it is, and as JSON, Ruby, URLs, SQL and base64 write it. Names of users and what
# is too short to be a secret stay, so that the text can still be read.
def written:
  def all($text; $by): split($text) | join($by);
  ., (tojson | .[1:-1]), @base64,
  # jq 1.6 leaves five characters as they are, 1.7 does not.
  @uri, (@uri | all("!"; "%21") | all("'"; "%27") | all("("; "%28") | all(")"; "%29") | all("*"; "%2A")),
  (split("\\") | join("\\\\") | split("'") | join("\\'")),
  (split("\\") | join("\\\\"));

([$ARGS.named[] | rtrimstr("\n") | (fromjson? // {text: .}) | [paths(type == "string") as $path
    | select([$path[] | strings] | any(. == "username" or . == "email" or . == "accountName" or . == "host" or . == "engine") | not)
    | getpath($path)][]
  # A string may be a document with secrets of its own.
  | ., ((fromjson? // empty) | objects | .. | strings)
  | select(length >= 6) | written] | unique | sort_by(-length)) as $known
| reduce $known[] as $secret (.; split($secret) | join("[redacted]"))
