# Removes secrets from a text: each value as it is, and encoded for JSON, HTML, Ruby, URLs, forms, SQL and base64.
# User names and values that are too short to be secrets stay, so that the text remains readable.
def written:
  def all($text; $by): split($text) | join($by);
  ., (tojson | .[1:-1]), @base64, @html,
  # jq 1.6 does not encode these five characters, 1.7 does.
  @uri, (@uri | (all("!"; "%21") | all("'"; "%27") | all("("; "%28") | all(")"; "%29") | all("*"; "%2A") | ., all("%20"; "+"))),
  (split("\\") | join("\\\\") | split("'") | join("\\'")),
  (split("\\") | join("\\\\"));

([$ARGS.named[] | rtrimstr("\n") | (fromjson? // {text: .}) | [paths(type == "string") as $path
    | select([$path[] | strings]
      | any(. == "username" or . == "email" or . == "accountName" or . == "host" or . == "engine") | not)
    | getpath($path)][]
  # A string may itself be a JSON document with secrets.
  | ., ((fromjson? // empty) | objects | .. | strings)
  # Reasons and reports keep the last lines of a text, so each line of a secret is one.
  | ., (split("\n")[] | rtrimstr("\r"))
  | select(length >= 6) | written] | unique | sort_by(-length)) as $known
| reduce $known[] as $secret (.; split($secret) | join("[redacted]"))
