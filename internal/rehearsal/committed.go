package rehearsal

import (
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// Committed returns the options for a committed stack or an example. Its placeholders are filled from the account.
func Committed(stack string, program pulumi.RunFunc) (Options, error) {
	folder, err := project.Find()
	if err != nil {
		return Options{}, err
	}
	path, err := folder.StackPath(stack)
	if err != nil {
		return Options{}, err
	}
	projectYAML, err := os.ReadFile(folder.Path("Pulumi.yaml"))
	if err != nil {
		return Options{}, err
	}
	stackYAML, err := os.ReadFile(path)
	if err != nil {
		return Options{}, err
	}
	file, err := folder.Stack(stack)
	if err != nil {
		return Options{}, err
	}
	options := Options{Program: program, Stack: stack, ProjectYAML: projectYAML, StackYAML: stackYAML}
	options.Fixture, options.private = fixture(file)
	return options, nil
}

// fixture returns the values of the simulated account for the placeholders of a stack file. private is true for a stack
// with an internal load balancer.
func fixture(file *project.StackFile) (settings []Setting, private bool) {
	settings = project.Settings(simaws.FixtureConfig)
	if scheme, err := file.Get("loadBalancer.scheme"); err == nil && scheme == "internal" {
		return append(settings, project.Settings(simaws.PrivateConfig)...), true
	}
	return settings, false
}

// CommittedConfig returns the configuration of a committed stack or an example as the engine passes it to the program,
// with changed values. Its placeholders are filled from the simulated account.
func CommittedConfig(stack string, changed []Setting) (map[string]string, error) {
	folder, err := project.Find()
	if err != nil {
		return nil, err
	}
	file, err := folder.Stack(stack)
	if err != nil {
		return nil, err
	}
	settings, _ := fixture(file)
	if err := file.Fill(settings); err != nil {
		return nil, err
	}
	for _, setting := range changed {
		if err := file.Set(setting.Key, setting.Value); err != nil {
			return nil, err
		}
	}
	return file.EngineValues(stack)
}
