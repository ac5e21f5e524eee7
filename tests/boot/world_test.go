package boot_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Addresses in the test's network. Each back end has its own address and listens on the same port as on AWS.
const (
	awsAddress      = "10.99.0.1"
	databaseAddress = "10.99.0.2"
	brokerAddress   = "10.99.0.3"
	searchAddress   = "10.99.0.4"
	imdsAddress     = "169.254.169.254"

	databaseHost = "morpheus.cluster-c0123456789a.us-east-1.rds.amazonaws.com"
	brokerHost   = "b-6ba7b810.mq.us-east-1.amazonaws.com"
	searchHost   = "vpc-morpheus-logs-abcdefghij0123456789klmnop.us-east-1.es.amazonaws.com"
	region       = "us-east-1"
	otherRegion  = "us-west-2" // of the recovery stack
)

// Secrets with special characters of shells, SQL, option files, curl, Ruby and JSON, as far as each service allows
// them.
const (
	adminPassword    = `Adm'n$(id)\#;%s-"x` + "`w`"
	databasePassword = `Db'pw"$(id)\#;&{}*x` + "`w`"
	brokerPassword   = `Mq'pw"$(id)\#;&{}*x` + "`w`"
	searchPassword   = `Es'pw"$(id)\#;&{}*x` + "`w`"
	testerPassword   = "password-of-the-test" // of a broker user that only the test has
	setupPassword    = `Su'pw"$(id)\#;&{}*x` + "`w`"
	licenseKey       = "LICENSE-0123456789abcdef"
)

// world is the environment of the nodes: network, back ends and AWS APIs. All tests share one, and each test resets
// it.
type world struct {
	dir  string
	ca   *authority
	aws  *awsAPI
	imds *imdsServer

	search                                 *searchServer
	database, amqp, management, searchGate *gate

	processes []*exec.Cmd
}

func (w *world) path(parts ...string) string {
	return filepath.Join(append([]string{w.dir}, parts...)...)
}

// start runs a program of the world until close, or until the end of the test's process namespace.
func (w *world) start(name string, env []string, args ...string) error {
	log, err := os.Create(w.path(name + ".log"))
	if err != nil {
		return err
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	w.processes = append(w.processes, cmd)
	return cmd.Start()
}

// logs returns the last 15 lines of the log of every program.
func (w *world) logs() string {
	names, _ := filepath.Glob(w.path("*.log"))
	var out strings.Builder
	for _, name := range names {
		text, _ := os.ReadFile(name)
		lines := strings.Split(string(text), "\n")
		fmt.Fprintf(&out, "-- %s\n%s\n", filepath.Base(name), strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	return out.String()
}

func (w *world) close() {
	for _, p := range w.processes {
		_ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL)
		_ = p.Wait()
	}
}

// newWorld starts the environment. It takes about 15 seconds, most of it for RabbitMQ.
func newWorld(repository string) (*world, error) {
	dir, err := os.MkdirTemp("", "boot-test-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	w := &world{dir: dir}
	if err := run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", dir); err != nil {
		return nil, err
	}
	if w.ca, err = newAuthority(dir); err != nil {
		return nil, err
	}
	steps := []func() error{
		w.network,
		w.startDatabase,
		w.startBroker,
		func() error { return w.startAWS(repository) },
		w.startSearch,
		func() (err error) { w.imds, err = startIMDS(); return err },
		w.awaitServices,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *world) network() error {
	for _, c := range [][]string{
		{"ip", "link", "set", "lo", "up"},
		{"mkdir", "-p", "/run/netns"},
		{"mount", "-t", "tmpfs", "tmpfs", "/run/netns"},
		{"ip", "link", "add", "nodes", "type", "bridge"},
		{"ip", "addr", "add", awsAddress + "/24", "dev", "nodes"},
		{"ip", "addr", "add", databaseAddress + "/24", "dev", "nodes"},
		{"ip", "addr", "add", brokerAddress + "/24", "dev", "nodes"},
		{"ip", "addr", "add", searchAddress + "/24", "dev", "nodes"},
		{"ip", "addr", "add", imdsAddress + "/32", "dev", "nodes"},
		{"ip", "link", "set", "nodes", "up"},
	} {
		if err := run(c...); err != nil {
			return err
		}
	}
	return nil
}

// startDatabase runs MariaDB configured like Aurora: TLS is required, and the administrator has no SUPER privilege.
func (w *world) startDatabase() error {
	data := w.path("mysql")
	if err := run("mariadb-install-db", "--no-defaults", "--datadir="+data, "--user=mysql", "--skip-test-db",
		"--auth-root-authentication-method=normal"); err != nil {
		return err
	}
	if err := w.ca.issue(w.path("db"), databaseHost); err != nil {
		return err
	}
	return w.start("mariadbd", nil, "mariadbd", "--no-defaults", "--user=mysql", "--datadir="+data,
		"--socket="+w.path("mysql", "sock"), "--bind-address=127.0.0.1", "--port=3306",
		"--require-secure-transport=ON", "--skip-name-resolve", "--innodb-buffer-pool-size=64M",
		"--ssl-ca="+w.path("ca.pem"), "--ssl-cert="+w.path("db.pem"), "--ssl-key="+w.path("db.key"))
}

// root runs statements as root through the socket, which nodes cannot reach. It returns their output.
func (w *world) root(statements string) (string, error) {
	cmd := exec.Command("mariadb", "--no-defaults", "--socket="+w.path("mysql", "sock"), "-uroot", "-BN")
	cmd.Stdin = bytes.NewBufferString(statements)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("mariadb: %w: %s", err, out)
	}
	return string(out), nil
}

// startBroker runs RabbitMQ configured like Amazon MQ: one user, TLS only, the management API on port 443.
func (w *world) startBroker() error {
	home := w.path("rabbit")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	if err := w.ca.issue(w.path("mq"), brokerHost); err != nil {
		return err
	}
	config := fmt.Sprintf(`listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:15671
ssl_options.cacertfile = %[1]s
ssl_options.certfile = %[2]s
ssl_options.keyfile = %[3]s
management.ssl.ip = 127.0.0.1
management.ssl.port = 15443
management.ssl.cacertfile = %[1]s
management.ssl.certfile = %[2]s
management.ssl.keyfile = %[3]s
default_user = tester
default_pass = %[4]s
management.rates_mode = none
`, w.path("ca.pem"), w.path("mq.pem"), w.path("mq.key"), testerPassword)
	for name, text := range map[string]string{
		"rabbitmq.conf": config, "enabled_plugins": "[rabbitmq_management].\n", "env.conf": "",
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return w.start("rabbitmq", w.brokerEnv(), "/usr/lib/rabbitmq/bin/rabbitmq-server")
}

func (w *world) brokerEnv() []string {
	home := w.path("rabbit")
	return []string{
		"HOME=" + home, "RABBITMQ_NODENAME=boot@localhost",
		"RABBITMQ_MNESIA_BASE=" + home, "RABBITMQ_LOG_BASE=" + home,
		"RABBITMQ_CONFIG_FILE=" + home + "/rabbitmq.conf",
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + home + "/enabled_plugins",
		"RABBITMQ_CONF_ENV_FILE=" + home + "/env.conf", "RABBITMQ_GENERATED_CONFIG_DIR=" + home,
		"RABBITMQ_PID_FILE=" + home + "/pid", "ERL_EPMD_ADDRESS=127.0.0.1", "RABBITMQ_DIST_PORT=25672",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none +sbwtdcpu none +sbwtdio none",
	}
}

// awaitServices opens the gates when the services behind them answer, and creates the users.
func (w *world) awaitServices() (err error) {
	for _, address := range []string{"127.0.0.1:3306", "127.0.0.1:15671", "127.0.0.1:15443", "127.0.0.1:19443"} {
		if err := await(120*time.Second, func() bool { return dials(address) }); err != nil {
			return fmt.Errorf("%s does not answer: %w\n%s", address, err, w.logs())
		}
	}
	for _, g := range []struct {
		at       **gate
		from, to string
	}{
		{at: &w.database, from: databaseAddress + ":3306", to: "127.0.0.1:3306"},
		{at: &w.amqp, from: brokerAddress + ":5671", to: "127.0.0.1:15671"},
		{at: &w.management, from: brokerAddress + ":443", to: "127.0.0.1:15443"},
		{at: &w.searchGate, from: searchAddress + ":443", to: "127.0.0.1:19443"},
	} {
		*g.at = &gate{from: g.from, to: g.to}
		if err := (*g.at).open(); err != nil {
			return err
		}
	}
	if _, err := w.root("CREATE USER 'admin'@'%' IDENTIFIED BY '" + sqlText(adminPassword) + "' REQUIRE SSL;" +
		"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, " +
		"CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, " +
		"ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, DELETE HISTORY " +
		"ON *.* TO 'admin'@'%' WITH GRANT OPTION;"); err != nil {
		return err
	}
	return nil
}

// setBrokerPassword creates the appliance's broker user or gives it another password.
func (w *world) setBrokerPassword(password string) error {
	user := map[string]string{"password": password, "tags": "administrator"}
	status, err := w.brokerCall(http.MethodPut, "users/morpheus", jsonBody(user), nil)
	if err == nil && status >= 300 {
		err = fmt.Errorf("set the broker's password: HTTP status %d", status)
	}
	return err
}

// reset opens all gates and removes the data of the former test.
func (w *world) reset(t *testing.T) {
	t.Helper()
	for _, g := range []*gate{w.database, w.amqp, w.management, w.searchGate} {
		require.NoError(t, g.open())
		g.impersonate(nil)
	}
	require.NoError(t, w.setDatabaseCertificate(databaseHost))
	_, err := w.root("SET GLOBAL read_only = 0; DROP DATABASE IF EXISTS morpheus; DROP USER IF EXISTS 'morpheus'@'%';")
	require.NoError(t, err)
	_, _ = w.brokerCall(http.MethodDelete, "vhosts/morpheus", http.NoBody, nil)
	require.NoError(t, w.setBrokerPassword(brokerPassword))
	require.NoError(t, w.aws.reset())
	w.search.reset()
}

// brokerCall calls the management API as the test's own user, decodes the answer and returns the HTTP status.
func (w *world) brokerCall(method, path string, body io.Reader, into any) (int, error) {
	url := "https://127.0.0.1:15443/api/" + path
	request, err := http.NewRequestWithContext(context.Background(), method, url, body)
	if err != nil {
		return 0, err
	}
	request.SetBasicAuth("tester", testerPassword)
	response, err := w.ca.client(brokerHost).Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, decodeJSON(response.Body, into)
}

// setDatabaseCertificate gives the database a certificate for that host name.
func (w *world) setDatabaseCertificate(host string) error {
	if err := w.ca.issue(w.path("db"), host); err != nil {
		return err
	}
	_, err := w.root("FLUSH SSL;")
	return err
}

// gate forwards TCP connections to a back end. Closing it ends all connections and refuses new ones.
type gate struct {
	from, to string

	mu          sync.Mutex
	impostor    *tls.Certificate
	listener    net.Listener
	connections map[net.Conn]bool
}

func (g *gate) open() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", g.from)
	if err != nil {
		return err
	}
	g.listener, g.connections = listener, map[net.Conn]bool{}
	go g.serve(listener)
	return nil
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return
	}
	_ = g.listener.Close()
	for c := range g.connections {
		_ = c.Close()
	}
	g.listener = nil
}

// impersonate makes the gate answer new TLS connections itself with this certificate; nil forwards them again.
func (g *gate) impersonate(with *tls.Certificate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.impostor = with
}

func (g *gate) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		g.mu.Lock()
		impostor := g.impostor
		g.mu.Unlock()
		if impostor != nil {
			go func() {
				c := tls.Server(client, &tls.Config{Certificates: []tls.Certificate{*impostor}, MinVersion: tls.VersionTLS12})
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}()
			continue
		}
		server, err := net.Dial("tcp", g.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		g.mu.Lock()
		g.connections[client] = true
		g.mu.Unlock()
		go func() {
			_, _ = io.Copy(server, client)
			_ = server.(*net.TCPConn).CloseWrite()
		}()
		go func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
			_ = server.Close()
			g.mu.Lock()
			delete(g.connections, client)
			g.mu.Unlock()
		}()
	}
}
