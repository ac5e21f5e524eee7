package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/rotate"
)

func newRotate(f *flags) *cobra.Command {
	var names []string
	for _, p := range rotate.Passwords {
		names = append(names, p.Name)
	}
	var a approval
	c := &cobra.Command{
		Use:   "rotate <" + strings.Join(names, "|") + ">",
		Short: "Give a password another value, everywhere",
		Long: "Give a password another value: in the configuration, by pulumi up, in what AWS cannot change, and on each node. " +
			"If it is interrupted, run it again: it goes on. Another rotation is refused until then.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, arguments []string) error {
			at := slices.IndexFunc(rotate.Passwords, func(p rotate.Password) bool { return p.Name == arguments[0] })
			if at < 0 {
				return fmt.Errorf("%s: must be one of %s", arguments[0], strings.Join(names, ", "))
			}
			password := rotate.Passwords[at]
			folder, settings, account, err := f.load(c.Context())
			if err != nil {
				return err
			}
			if password.Key == "databaseAdministrator" && settings.Database.AdministratorSecret != config.AdministratorOwn {
				return fmt.Errorf("database-administrator: must be database.administratorSecret own, got %s: "+
					"RDS rotates that password itself", settings.Database.AdministratorSecret)
			}
			fmt.Fprintln(f.streams.Out, "meanwhile:", password.Says)
			rotation := &rotate.Rotation{
				Password: password, Group: &nodes.Group{Account: account, Name: settings.GroupName(), Clock: f.clock},
				Stack: rotate.Pulumi{Folder: folder, Name: f.stack, Run: f.pulumi(folder)},
			}
			if err := rotation.Run(c.Context(), a.options(f)); err != nil {
				return err
			}
			a.closing(f)
			return nil
		},
	}
	a.addTo(c)
	return c
}
