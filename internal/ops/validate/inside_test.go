package validate

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// Endpoints of the healthy stack.
var endpoints = map[string]string{
	"loadBalancerDnsName": dnsName, "applianceUrl": "https://" + host, "databaseEndpoint": "db.example.com",
	"messagingEndpoint": "mq.example.com", "searchEndpoint": "search.example.com",
}

const healthyMount = "127.0.0.1:/ nfs4 rw,relatime,vers=4.1,rsize=1048576,hard,noresvport,proto=tcp,port=20049,addr=127.0.0.1"

// healthyFacts are what a healthy node tells, by the name of the script.
func healthyFacts() map[string]facts {
	done := facts{"file": {"ok the-text"}, "message": {"ok the-text"}, "document": {"ok the-text"}}
	return map[string]facts{
		lookName: {
			"mount": {healthyMount}, "proxy": {"tls"}, "fstab": {"yes"}, "answers": {"yes"},
			"user":    {"899 morpheus-app 899", "898 morpheus-local 898", "894 guacd 894"},
			"release": {"8.0.7-1"}, "package": {strings.Repeat("a", 64)}, "supplemental": {"none"},
			"clock": {"synchronised"}, "offset": {"0.000012"},
			"set.url": {"'https://" + host + "'"}, "set.database": {"{'db.example.com' => 3306}"},
			"set.messaging": {"'mq.example.com'"}, "set.search": {`{"search.example.com" => 443}`},
			"set.connections": {"150"}, "effective.connections": {"150"}, "reconfigured": {"yes"}, "written": {"yes"},
			"secret": {"search current", "database current", "messaging current"}, "generated": {"equal"},
			"backend": {"database answers", "broker answers", "search answers"},
		},
		writeName: done, readName: done, removeName: {"file": {"ok"}, "message": {"ok"}, "document": {"ok"}},
	}
}

// Instances of the healthy group.
const (
	firstNode, secondNode, thirdNode = "i-us-east-1a", "i-us-east-1b", "i-us-east-1c"
)

// change is a fact of a node that differs: other lines, or none.
type change struct {
	node, script, fact string
	lines              []string
}

// ids of the commands by script.
var ids = map[string]string{
	lookName: "11111111-1111-1111-1111-111111111111", writeName: "22222222-2222-2222-2222-222222222222",
	readName: "33333333-3333-3333-3333-333333333333", removeName: "44444444-4444-4444-4444-444444444444",
}

// sentCommand is a request of Run Command.
type sentCommand struct {
	Comment     string
	InstanceIDs []string `json:"InstanceIds"`
	Parameters  map[string][]string
}

// commands takes each command, and keeps it for a test that gives a list.
func commands(sent *[]sentCommand) opstest.Stub {
	var mu sync.Mutex
	return opstest.Stub{Call: "ssm SendCommand", Reply: func(body string) (map[string]any, string) {
		mu.Lock()
		defer mu.Unlock()
		var one sentCommand
		if err := json.Unmarshal([]byte(body), &one); err != nil {
			return nil, "InvalidParameters"
		}
		if sent != nil {
			*sent = append(*sent, one)
		}
		return m{"Command": m{"CommandId": ids[one.Comment]}}, ""
	}}
}

// invocations answers with what healthy nodes tell, with changes.
func invocations(changes ...change) opstest.Stub {
	return opstest.Stub{Call: "ssm GetCommandInvocation", Reply: func(body string) (map[string]any, string) {
		var asked struct {
			CommandID  string `json:"CommandId"`
			InstanceID string `json:"InstanceId"`
		}
		if err := json.Unmarshal([]byte(body), &asked); err != nil {
			return nil, "InvalidCommandId"
		}
		var out strings.Builder
		for script, told := range healthyFacts() {
			if ids[script] != asked.CommandID {
				continue
			}
			for _, c := range changes {
				if c.node == asked.InstanceID && c.script == script {
					told[c.fact] = c.lines
				}
			}
			for name, lines := range told {
				for _, line := range lines {
					out.WriteString(name + "\t" + line + "\n")
				}
			}
		}
		return m{"Status": "Success", "StatusDetails": "Success", "StandardOutputContent": out.String()}, ""
	}}
}

// inside is a case in which the second node tells something else.
func inside(id, name, says, fact string, lines ...string) opstest.Case {
	return answer(id, name, secondNode+" "+says, invocations(change{
		node: secondNode, script: lookName, fact: fact, lines: lines,
	}))
}

// ended is the end of a script that is not a success.
func ended(status, errors string) opstest.Stub {
	return opstest.Stub{Call: "ssm GetCommandInvocation", When: secondNode, Answer: m{
		"Status": "Failed", "StatusDetails": status, "ResponseCode": 1, "StandardErrorContent": errors,
	}}
}

var insideCases = []opstest.Case{
	answer("node-agent", "not connected", "the node is not connected to Systems Manager",
		opstest.Stub{Call: "ssm SendCommand", When: thirdNode, Code: "InvalidInstanceId"}),
	answer("node-agent", "does not answer", secondNode+": the node does not exist any more, or its agent does not answer",
		ended("Undeliverable", "")),
	answer("node-agent", "fails",
		secondNode+" ended with status 1: common.sh: No such file",
		ended("Failed", "common.sh: No such file\n")),
	{
		Check: "node-agent", Name: "not allowed", Want: check.Unknown, Says: "SSM SendCommand: the credentials do not allow",
		Stubs: []opstest.Stub{{Call: "ssm SendCommand", Code: "AccessDeniedException"}},
	},
	{
		Check: "node-clock", Name: "a node does not answer", Want: check.Unknown, Says: secondNode + " has not answered: ",
		Stubs: []opstest.Stub{ended("Undeliverable", "")},
	},
	{
		Check: "node-clock", Name: "an older script", Want: check.Unknown, Says: secondNode + " has not told its clock",
		Stubs: []opstest.Stub{invocations(change{node: secondNode, script: lookName, fact: "clock"})},
	},
	{
		Check: "node-clock", Name: "no node in service", Want: check.Unknown, Says: "morpheus-prod has no node in service",
		Stubs: []opstest.Stub{group(m{"Instances": l{}})},
	},

	inside("node-mounts", "none", "has not mounted the file system", "mount", "none"),
	inside("node-mounts", "a local disk", "has mounted something else: /dev/sdb ext4 rw", "mount", "/dev/sdb ext4 rw"),
	inside("node-mounts", "another file system", "has not mounted fs-", "proxy", "none"),
	inside("node-mounts", "plain", "has mounted the file system without TLS", "proxy", "plain"),
	inside("node-mounts", "not after a restart", "does not mount the file system by TLS after a restart: none", "fstab", "none"),
	inside("node-mounts", "stalled", "gets no answer of the file system", "answers", "no"),
	{
		Check: "node-mounts", Name: "without sync", Want: found, Says: "without the option sync",
		Config: map[string]any{"filesystem.syncWrites": true},
	},
	inside("node-users", "missing", "has no user with the id 894", "user", "899 morpheus-app 899", "898 morpheus-local 898", "894"),
	inside("node-users", "another group", "has the user guacd with the id 894 in the group 1001", "user", "899 morpheus-app 899",
		"898 morpheus-local 898", "894 guacd 1001"),
	inside("node-packages", "former release", "has the release 8.0.6-1 installed, the configuration has 8.0.7",
		"release", "8.0.6-1"),
	inside("node-packages", "another build", "has a package with another SHA-256 than morpheus.packageSha256",
		"package", strings.Repeat("b", 64)),
	{
		Check: "node-packages", Name: "no supplemental", Want: found, Says: "another SHA-256 than morpheus.supplementalSha256",
		Config: map[string]any{
			"morpheus.supplementalUrl":    "s3://bucket/morpheus-appliance-supplemental_8.0.7-1_all.deb",
			"morpheus.supplementalSha256": strings.Repeat("a", 64),
		},
	},
	inside("node-settings", "another database", `has the database "old.example.com", the stack has "db.example.com"`,
		"set.database", "{'old.example.com' => 3306}"),
	inside("node-settings", "another URL", "has the URL", "set.url", "'https://other.example.com'"),
	inside("node-settings", "what the appliance shows counts", `has the search domain "old", the stack has`,
		"effective.search", "old"),
	inside("node-settings", "too many connections", `has the database connections "50", the stack has "150"`,
		"effective.connections", "50"),
	inside("node-settings", "changed by hand", "has another morpheus.rb than its boot writes", "written", "no"),
	inside("node-settings", "not reconfigured", "was not reconfigured", "reconfigured", "no"),
	inside("node-secrets", "former", "works with a former secret of the search", "secret", "database current", "messaging current",
		"search former"),
	inside("node-secrets", "unreadable", "cannot read the secret of the database: AccessDenied", "secret",
		"database unreadable: AccessDenied", "messaging current", "search current"),
	inside("node-secrets", "generated others", "has other generated secrets than the nodes share: mysql.root_password",
		"generated", "differ: mysql.root_password"),
	inside("node-clock", "free", "has a clock that is not synchronised", "clock", "free"),
	inside("node-clock", "wrong", "has a clock that is 4.5 s wrong", "offset", "4.5"),
	inside("node-back-ends", "database", "cannot use the database: the database is read-only", "backend",
		"database fails: the database is read-only", "broker answers", "search answers"),

	transaction("file", "not written", firstNode+" could not write the file: disk full",
		change{node: firstNode, script: writeName, fact: "file", lines: []string{"failed: disk full"}}),
	transaction("file", "not read", thirdNode+" could not read the file of "+firstNode+": no such file",
		change{node: thirdNode, script: readName, fact: "file", lines: []string{"failed: no such file"}}),
	transaction("file", "not removed", "the file could not be removed, the next run removes it: stalled",
		change{node: firstNode, script: removeName, fact: "file", lines: []string{"failed: stalled"}}),
	transaction("message", "another one", thirdNode+` has read "another", and `+firstNode+` has written "the-text"`,
		change{node: thirdNode, script: readName, fact: "message", lines: []string{"ok another"}}),
	transaction("document", "not found", "could not read the document of "+firstNode+": curl: (22)",
		change{node: secondNode, script: readName, fact: "document", lines: []string{"failed: curl: (22)"}}),
	{
		Check: "transaction-document", Name: "not told", Want: check.Unknown, Says: thirdNode + " has told nothing about the document",
		Stubs: []opstest.Stub{invocations(change{node: thirdNode, script: readName, fact: "document"})},
	},
	{
		Check: "transaction-file", Name: "not allowed", Want: check.Unknown, Says: "the credentials do not allow the call",
		Stubs: []opstest.Stub{{Call: "ssm SendCommand", Code: "AccessDeniedException"}},
	},
}

func transaction(what, name, says string, differs change) opstest.Case {
	return answer("transaction-"+what, name, says, invocations(differs))
}

// checksIn returns the checks of a group.
func checksIn(s *Subject, group string) []check.Check {
	return slices.DeleteFunc(Checks(s), func(c check.Check) bool { return c.Group != group })
}

// subjectOf returns the healthy stack, in which a command of a node is kept.
func subjectOf(t *testing.T, sent *[]sentCommand, stubs ...opstest.Stub) *Subject {
	t.Helper()
	g, values, all := table.Shared(t)
	c := opstest.Config(t, values)
	return &Subject{
		Config: c, Account: g.Account(t, append(append(all, commands(sent)), stubs...)...), Outputs: of(c.AWS.AccountID).outputs,
		Transactions: true,
	}
}

func TestOneCommandOnEachNodeAnswersAllChecks(t *testing.T) {
	var sent []sentCommand
	s := subjectOf(t, &sent)
	for _, o := range check.Run(t.Context(), checksIn(s, "inside the nodes"), check.Options{}) {
		assert.Equal(t, check.Passed, o.Status, "%s: %s", o.ID, o.Evidence)
	}
	var asked []string
	for _, one := range sent {
		assert.Equal(t, lookName, one.Comment, "a check that was not asked to must write nothing")
		assert.Contains(t, one.Parameters["commands"], "set -- '"+s.Outputs["fileSystemId"]+"'")
		asked = append(asked, one.InstanceIDs...)
	}
	assert.ElementsMatch(t, []string{firstNode, secondNode, thirdNode}, asked, "one command on each node is enough")
}

func TestNothingIsWrittenUnlessAskedFor(t *testing.T) {
	var sent []sentCommand
	s := subjectOf(t, &sent)
	s.Transactions = false
	for _, o := range check.Run(t.Context(), checksIn(s, "transactions"), check.Options{}) {
		assert.Equal(t, check.Skipped, o.Status, o.ID)
		assert.Contains(t, o.Evidence, "with --transactions --yes, a node ", o.ID)
	}
	assert.Empty(t, sent, "ops validate changes nothing by itself")
}

// verbs are the names of commands with their nodes.
func verbs(sent []sentCommand) []string {
	var out []string
	for _, one := range sent {
		verb, _, _ := strings.Cut(one.Comment, " ")
		out = append(out, verb+" "+one.InstanceIDs[0])
	}
	return out
}

func TestOneNodeWritesTheOthersReadAndAllIsRemoved(t *testing.T) {
	var sent []sentCommand
	s := subjectOf(t, &sent)
	for _, o := range check.Run(t.Context(), checksIn(s, "transactions"), check.Options{}) {
		assert.Equal(t, check.Passed, o.Status, "%s: %s", o.ID, o.Evidence)
	}
	got := verbs(sent)
	require.Len(t, got, 4)
	assert.Equal(t, "write "+firstNode, got[0])
	assert.ElementsMatch(t, []string{"read " + secondNode, "read " + thirdNode}, got[1:3])
	assert.Equal(t, "remove "+firstNode, got[3])
	assert.Regexp(t, `^set -- 'write' '[0-9a-f]{16}' '2'$`, sent[0].Parameters["commands"][1], "a message for each reader")
}

func TestTheOnlyNodeReadsWhatItHasWritten(t *testing.T) {
	var sent []sentCommand
	s := subjectOf(t, &sent, group(m{"Instances": l{
		m{"InstanceId": firstNode, "LifecycleState": "InService", "HealthStatus": "Healthy"},
	}}))
	for _, o := range check.Run(t.Context(), checksIn(s, "transactions"), check.Options{}) {
		assert.Equal(t, check.Passed, o.Status, "%s: %s", o.ID, o.Evidence)
	}
	assert.Equal(t, []string{"write " + firstNode, "read " + firstNode, "remove " + firstNode}, verbs(sent))
}

func TestAnotherNodeRemovesWhatTheFirstOneCannot(t *testing.T) {
	var sent []sentCommand
	s := subjectOf(t, &sent, opstest.Stub{Call: "ssm GetCommandInvocation", When: firstNode, Answer: m{
		"Status": "Failed", "StatusDetails": "Undeliverable",
	}})
	for _, o := range check.Run(t.Context(), checksIn(s, "transactions"), check.Options{}) {
		assert.Equal(t, check.Unknown, o.Status, "%s: %s", o.ID, o.Evidence)
	}
	got := verbs(sent)
	assert.Equal(t, []string{"remove " + firstNode, "remove " + secondNode}, got[len(got)-2:],
		"it may have written before it was lost")
}

// An interrupted check is reported at once; what it wrote must not stay.
func TestAnInterruptRemovesWhatWasWritten(t *testing.T) {
	var sent []sentCommand
	ctx, interrupt := context.WithCancel(t.Context())
	answers := invocations()
	s := subjectOf(t, &sent, opstest.Stub{Call: answers.Call, Reply: func(body string) (map[string]any, string) {
		if strings.Contains(body, ids[writeName]) {
			interrupt()
		}
		return answers.Reply(body)
	}})
	for _, o := range check.Run(ctx, checksIn(s, "transactions"), check.Options{Explain: account.Explain}) {
		assert.Equal(t, check.Unknown, o.Status, "%s: %s", o.ID, o.Evidence)
		assert.Contains(t, o.Evidence, "interrupted", o.ID)
	}
	s.Wait()
	assert.Equal(t, []string{"write " + firstNode, "remove " + firstNode}, verbs(sent))
}
