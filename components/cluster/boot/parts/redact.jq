# Removes secrets from a text: each value as it is, and encoded for JSON, HTML, Ruby, URLs, forms, SQL and base64.
# User names and values that are too short to be secrets stay, so that the text remains readable.
def written:
  def all($text; $by): split($text) | join($by);
  # The four digits of a UTF-16 unit in JSON.
  def unit($digits): [. / 4096, . / 256 % 16, . / 16 % 16, . % 16] | map(floor | $digits[.:. + 1]) | "\\u" + add;
  # JSON of programs that write non-ASCII characters, and those in $also, as such units.
  def escaped($digits; $also): tojson | .[1:-1] | explode | map(
    if . > 65535 then . - 65536 | (55296 + (. / 1024 | floor), 56320 + . % 1024 | unit($digits))
    elif . > 126 or ([.] | inside($also | explode)) then unit($digits)
    else [.] | implode end) | join("");
  ., (tojson | .[1:-1]), @base64,
  escaped("0123456789abcdef", "0123456789ABCDEF"; "", "<>&", "<>&'="),
  # HTML: programs, and releases of jq, differ in the entities of quotes.
  (all("&"; "&amp;") | all("<"; "&lt;") | all(">"; "&gt;") | all("\""; "\"", "&quot;", "&#34;")
    | all("'"; "'", "&#39;", "&#x27;", "&#039;", "&apos;")),
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
