package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// mutated are the packages that get mistakes. The proof is not among them: it is tested by what it proves.
var mutated = []string{
	"./components/...", "./stacks", "./internal/alarm", "./internal/awstoken", "./internal/changes", "./internal/config",
	"./internal/deployed",
	"./internal/endpoints", "./internal/guard", "./internal/lifecycle", "./internal/location", "./internal/lookup",
	"./internal/naming", "./internal/policy", "./internal/subnets", "./internal/versions", "./internal/window",
}

// changeDetectors are tests that `make golden` makes green, so they do not count, and tests that look at the text of
// the repository only.
const changeDetectors = "Golden|TheSchemaRefuses|TestTheReference|TestDoc|Fuzz"

// wholeProgram is the package whose tests run the program.
const wholeProgram = "./tests"

// verdict is the result of one mistake.
type verdict struct {
	place, what string
	caughtBy    string // name of the test; empty for a survivor
	took        time.Duration
}

// session is one run of the command.
type session struct {
	options
	out    io.Writer
	root   string // of the module
	folder string // temporary
	tests  map[string]string
	limit  time.Duration
}

func try(ctx context.Context, o options, out io.Writer) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s := &session{options: o, out: out, root: root, folder: folder, tests: map[string]string{}}
	sites, changedScripts, err := s.choose()
	if err != nil {
		return err
	}
	verdicts := s.tryScripts(ctx, changedScripts)
	if len(sites) > 0 {
		more, err := s.tryGo(ctx, sites)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, more...)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.report(verdicts)
}

// choose draws the mistakes: each kind of source in proportion to its places.
func (s *session) choose() (map[int]site, []script, error) {
	sites, err := load(s.root, mutated)
	if err != nil {
		return nil, nil, err
	}
	texts, err := scripts(s.root)
	if err != nil {
		return nil, nil, err
	}
	sites = slices.DeleteFunc(sites, func(x site) bool { return !strings.Contains(x.place, s.only) })
	texts = slices.DeleteFunc(texts, func(x script) bool { return !strings.Contains(x.place, s.only) })
	all := len(sites) + len(texts)
	fmt.Fprintf(s.out, "%d places for a mistake in Go, %d in scripts\n", len(sites), len(texts))
	if all == 0 {
		return nil, nil, errors.New("no place for a mistake")
	}
	random := rand.New(rand.NewPCG(s.seed, 0)) //nolint:gosec // the same seed must give the same mistakes
	chosen, chosenTexts := map[int]site{}, []script(nil)
	for _, i := range random.Perm(all)[:min(s.count, all)] {
		if i < len(sites) {
			chosen[len(chosen)+1] = sites[i]
		} else {
			chosenTexts = append(chosenTexts, texts[i-len(sites)])
		}
	}
	return chosen, chosenTexts, nil
}

// tryScripts builds and runs the tests of the boot for each changed script.
func (s *session) tryScripts(ctx context.Context, texts []script) []verdict {
	return each(texts, func(i int, x script) verdict {
		start := time.Now()
		v := verdict{place: x.place, what: x.what}
		path := filepath.Join(s.folder, fmt.Sprintf("script%d", i))
		overlay, err := writeOverlay(path, map[string]string{x.path: x.text})
		if err == nil {
			v.caughtBy, err = runTests(command(ctx, "go", "test", "-vet=off", "-overlay", overlay, "-failfast", "-count=1",
				"-timeout", "5m", "-skip", changeDetectors, "./"+filepath.Dir(scriptsFolder)))
		}
		if err == nil && v.caughtBy == "" && s.boot {
			v.caughtBy, err = s.bootNodes(ctx, overlay, branchesOf(x.path))
		}
		if err != nil {
			v.caughtBy = err.Error()
		}
		v.took = time.Since(start)
		s.progress(v)
		return v
	})
}

// bootBranches are the branches of the boot test that run the most of the scripts.
const bootBranches = "TestThreeNodesBootAtOnce|TestRebootChangesNothing|TestATerminatedNodeIsDrained|" +
	"TestAFailedBootIsAbandonedWithItsReason"

// keepBranches are those that run the hourly task.
const keepBranches = "TestANodeKeepsWhatAWSBackupDoesNotTake|TestWhatANodeCannotKeepIsNamed"

// branchesOf are the tests of the boot that run a script.
func branchesOf(path string) string {
	if filepath.Base(path) == "keep.sh" {
		return keepBranches
	}
	return bootBranches
}

var booting sync.Mutex

// bootNodes boots nodes of the changed scripts, one test at a time: its time limits are for a machine that is not busy.
func (s *session) bootNodes(ctx context.Context, overlay, branches string) (failed string, err error) {
	booting.Lock()
	defer booting.Unlock()
	run := command(ctx, "tests/boot/run", "1", branches)
	run.Env = append(os.Environ(), "GOFLAGS=-overlay="+overlay)
	return runTests(run)
}

// tryGo compiles all mistakes into the tests once, and runs the tests once for each.
func (s *session) tryGo(ctx context.Context, sites map[int]site) ([]verdict, error) {
	overlay, err := s.compilable(ctx, sites)
	if err != nil {
		return nil, err
	}
	folders := []string{wholeProgram}
	for _, x := range sites {
		if tests, _ := filepath.Glob(filepath.Join(s.root, x.file.folder, "*_test.go")); len(tests) > 0 {
			folders = append(folders, x.file.folder)
		}
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		start := time.Now()
		binary := filepath.Join(s.folder, strings.NewReplacer("./", "", "/", "-").Replace(folder)+".test")
		build := command(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, folder)
		if text, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build the tests of %s: %w\n%s", folder, err, text)
		}
		s.tests[folder] = binary
		built := time.Since(start)
		if failed, err := s.runBinary(ctx, folder, 0, 20*time.Minute); err != nil || failed != "" {
			return nil, fmt.Errorf("%s fails without a mistake: %s %w", folder, failed, err)
		}
		took := time.Since(start) - built
		s.limit = max(s.limit, 4*took+time.Minute)
		fmt.Fprintf(s.out, "%s: built in %.0f s, green in %.0f s without a mistake\n", folder, built.Seconds(), took.Seconds())
	}
	ids := make([]int, 0, len(sites))
	for id := range sites {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return each(ids, func(_, id int) verdict {
		start := time.Now()
		v := verdict{place: sites[id].place, what: sites[id].what}
		for _, folder := range []string{sites[id].file.folder, wholeProgram} {
			if s.tests[folder] == "" || v.caughtBy != "" {
				continue
			}
			failed, err := s.runBinary(ctx, folder, id, s.limit)
			if err != nil {
				failed = err.Error()
			}
			v.caughtBy = failed
		}
		v.took = time.Since(start)
		s.progress(v)
		return v
	}), nil
}

// compilable writes the overlay, without the mistakes that the compiler refuses: they are deleted from sites.
func (s *session) compilable(ctx context.Context, sites map[int]site) (overlay string, err error) {
	for range 6 {
		again, err := load(s.root, mutated) // the edits change the syntax trees
		if err != nil {
			return "", err
		}
		fresh := map[string]site{}
		for _, x := range again {
			fresh[x.place+x.what] = x
		}
		for id, x := range sites {
			sites[id] = fresh[x.place+x.what]
		}
		texts, err := instrument(sites)
		if err != nil {
			return "", err
		}
		files := map[string]string{filepath.Join(s.root, "internal/mutant/mutant.go"): switchPackage}
		for path, text := range texts {
			files[path] = text
		}
		overlay, err = writeOverlay(filepath.Join(s.folder, "go"), files)
		if err != nil {
			return "", err
		}
		build := command(ctx, "go", append([]string{"build", "-overlay", overlay, "-gcflags=-e"}, mutated...)...)
		build.Dir = s.root
		message, err := build.CombinedOutput()
		if err == nil {
			return overlay, nil
		}
		if dropped := s.drop(sites, texts, string(message)); dropped == 0 {
			return "", fmt.Errorf("the compiler refuses the changed source:\n%s", message)
		}
	}
	return "", errors.New("the compiler refuses the changed source again and again")
}

var compileError = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: `)

// drop deletes the mistakes in the lines that the compiler refuses.
func (s *session) drop(sites map[int]site, texts map[string]string, message string) (dropped int) {
	for _, m := range compileError.FindAllStringSubmatch(message, -1) {
		line, _ := strconv.Atoi(m[2])
		path := m[1]
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.root, path)
		}
		for _, id := range idsOfLine(texts[path], line) {
			if _, ok := sites[id]; ok {
				dropped++
				delete(sites, id)
			}
		}
	}
	fmt.Fprintf(s.out, "%d mistakes do not compile\n", dropped)
	return dropped
}

func (s *session) runBinary(ctx context.Context, folder string, id int, limit time.Duration) (failed string, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	run := command(ctx, s.tests[folder], "-test.failfast", "-test.skip", changeDetectors)
	run.Dir = filepath.Join(s.root, folder)
	run.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id))
	run.WaitDelay = time.Second
	return runTests(run)
}

// timeOut is a hang, or a machine that is busy with something else.
const timeOut = "time-out"

var (
	failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	panicText  = regexp.MustCompile(`(?m)^panic: (.*)$`)
)

// command is Go, or a program that was built by this command.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...) //nolint:gosec // no argument comes from outside
}

// runTests runs tests and returns the name of the one that failed.
func runTests(run *exec.Cmd) (failed string, err error) {
	text, err := run.CombinedOutput()
	if err == nil {
		return "", nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", err
	}
	if run.ProcessState != nil && run.ProcessState.ExitCode() == -1 {
		return timeOut, nil
	}
	if m := failedTest.FindAllStringSubmatch(string(text), -1); m != nil {
		return m[len(m)-1][1], nil
	}
	if m := panicText.FindStringSubmatch(string(text)); m != nil {
		return "panic: " + m[1], nil
	}
	return "exit " + strconv.Itoa(exit.ExitCode()), nil
}

// writeOverlay writes the changed files and the overlay that names them.
func writeOverlay(folder string, files map[string]string) (string, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for path, text := range files {
		changed := filepath.Join(folder, strconv.Itoa(len(replace)))
		if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = changed
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// each calls f for every element, as many at a time as there are cores, and keeps the order.
func each[T any](list []T, f func(i int, x T) verdict) []verdict {
	out := make([]verdict, len(list))
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, x := range list {
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer wait.Done()
			defer func() { <-slots }()
			out[i] = f(i, x)
		}()
	}
	wait.Wait()
	return out
}

var printing sync.Mutex

func (s *session) progress(v verdict) {
	printing.Lock()
	defer printing.Unlock()
	result := "caught by " + v.caughtBy
	if v.caughtBy == "" {
		result = "SURVIVED"
	}
	fmt.Fprintf(s.out, "%-10s %3.0f s  %s: %s\n", result, v.took.Seconds(), v.place, v.what)
}

// report prints the share and the survivors.
func (s *session) report(verdicts []verdict) error {
	caught := 0
	fmt.Fprintln(s.out)
	for _, v := range verdicts {
		switch v.caughtBy {
		case "":
			fmt.Fprintf(s.out, "survived: %s: %s\n", v.place, v.what)
		case timeOut:
			fmt.Fprintf(s.out, "not judged, the tests took more than %.0f s: %s: %s\n", s.limit.Seconds(), v.place, v.what)
			verdicts = slices.DeleteFunc(slices.Clone(verdicts), func(other verdict) bool { return other == v })
		default:
			caught++
		}
	}
	share := 100 * float64(caught) / float64(max(1, len(verdicts)))
	fmt.Fprintf(s.out, "seed %d: a behaviour test caught %d of %d mistakes (%.0f %%)\n", s.seed, caught, len(verdicts), share)
	if share < float64(s.atLeast) {
		return fmt.Errorf("at least %d %% must be caught", s.atLeast)
	}
	return nil
}
