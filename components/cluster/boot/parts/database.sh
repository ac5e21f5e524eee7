# shellcheck shell=bash
# The database, its user and the user's privileges. The administrator's secret is read only when one of them is
# missing.

step_database() {
  client_settings database
  retry "$(most)" "database" prepare_database ||
    die "the database at $DATABASE_HOST:$DATABASE_PORT is not usable: $(last_words "$RUN/mysql.err")"
}

# client_settings NAME writes the MySQL client's option file for that secret, in memory.
client_settings() {
  local verify='ssl-mode = VERIFY_IDENTITY'
  if mysql --version | grep -q MariaDB; then
    verify='ssl-verify-server-cert'
  fi
  jq --raw-output --arg host "$DATABASE_HOST" --arg port "$DATABASE_PORT" --arg ca "$RDS_CA" --arg verify "$verify" '
    def quoted: "\"" + (split("\\") | join("\\\\") | split("\"") | join("\\\"")) + "\"";
    "[client]", "host = \($host)", "port = \($port)", "connect-timeout = 10", "ssl-ca = \($ca)", $verify,
    "user = \(.username | quoted)", "password = \(.password | quoted)"' "$RUN/secret/$1.json" |
    write "$RUN/secret/$1.cnf" 0600
}

# sql NAME runs the statements on standard input, so that they are not in the process list.
sql() { timeout 60 mysql --defaults-file="$RUN/secret/$1.cnf" --batch --skip-column-names 2>"$RUN/mysql.err"; }

prepare_database() {
  database_is_ready && return
  grep -Eq 'ERROR (1044|1045|1049|1142|1227)|incomplete' "$RUN/mysql.err" || return 1
  log "creating the database, its user and the privileges"
  as_administrator "$(refused)" && database_is_ready
}

# refused prints true when the user does not exist or has another password.
refused() { if grep -q 'ERROR 1045' "$RUN/mysql.err"; then echo true; else echo false; fi; }

# as_administrator REFUSED runs the initial statements. The secret is in memory only while it is used.
as_administrator() {
  local status=0
  if fetch_secret admin "$DATABASE_ADMIN_SECRET" && client_settings admin; then
    initial_statements "$1" | sql admin || status=$?
  else
    status=1
    cp "$ERRORS" "$RUN/mysql.err"
  fi
  rm -f "$RUN"/secret/admin.*
  return "$status"
}

# database_is_ready is true when the database can be written, and the user can log in and has the privileges and the
# collation that the vendor requires. A reader of Aurora has innodb_read_only: after a failover, the writer's name
# points to it until the name is updated.
database_is_ready() {
  local found
  found=$(sql database <<'SQL'
SELECT IF(@@GLOBAL.read_only OR @@GLOBAL.innodb_read_only, 'read-only',
       (SELECT COUNT(DISTINCT privilege_type) FROM information_schema.user_privileges
        WHERE privilege_type IN ('SELECT', 'PROCESS', 'SHOW DATABASES', 'RELOAD')) = 4
   AND (SELECT COUNT(*) FROM information_schema.schema_privileges
        WHERE table_schema = 'morpheus' AND is_grantable = 'YES'
          AND privilege_type IN ('CREATE', 'ALTER', 'DROP', 'TRIGGER')) = 4
   AND (SELECT default_collation_name FROM information_schema.schemata
        WHERE schema_name = 'morpheus') = 'utf8mb4_general_ci');
SQL
  ) || return
  case $found in
    1) return ;;
    read-only) echo 'the database is read-only' ;;
    *) echo 'the database or the privileges of its user are incomplete' ;;
  esac >"$RUN/mysql.err"
  return 1
}

# initial_statements REFUSED prints the statements that create the database, the user and its privileges. When the
# user has another password, both passwords stay valid, because serving nodes use the former one until they are
# reconfigured (docs/secrets.md). MySQL and Aurora execute the comment with RETAIN, MariaDB does not. When the user
# can log in, its password is not set again: that would discard the former one.
initial_statements() {
  jq --raw-output --argjson refused "$1" '
    def text: "\u0027" + (split("\\") | join("\\\\") | split("\u0027") | join("\\\u0027")) + "\u0027";
    (.username | text) as $user | (.password | text) as $password |
    "SET SESSION sql_mode = \u0027\u0027;",
    "CREATE DATABASE IF NOT EXISTS morpheus CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;",
    if $refused
    then "ALTER USER IF EXISTS \($user)@\u0027%\u0027 IDENTIFIED BY \($password) /*!80014 RETAIN CURRENT PASSWORD */;"
    else empty end,
    "CREATE USER IF NOT EXISTS \($user)@\u0027%\u0027 IDENTIFIED BY \($password) REQUIRE SSL;",
    "ALTER USER \($user)@\u0027%\u0027 REQUIRE SSL;",
    "GRANT ALL PRIVILEGES ON morpheus.* TO \($user)@\u0027%\u0027 WITH GRANT OPTION;",
    "GRANT SELECT, PROCESS, SHOW DATABASES, RELOAD ON *.* TO \($user)@\u0027%\u0027;"' "$RUN/secret/database.json"
}
