package rotate

import (
	"context"
	"fmt"
	"strconv"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Pulumi is the stack of a project folder, changed by the Pulumi CLI.
type Pulumi struct {
	Folder, Name string
	Run          stack.Run
}

// Number implements Stack by the stack's file.
func (p Pulumi) Number(_ context.Context, key string) (int, error) {
	c, err := stack.Load(p.Folder, p.Name)
	if err != nil {
		return 0, err
	}
	switch key {
	case "databaseUser":
		return c.Rotation.DatabaseUser, nil
	case "databaseAdministrator":
		return c.Rotation.DatabaseAdministrator, nil
	case "messaging":
		return c.Rotation.Messaging, nil
	case "search":
		return c.Rotation.Search, nil
	}
	return 0, fmt.Errorf("there is no rotation.%s", key)
}

// SetNumber implements Stack.
func (p Pulumi) SetNumber(ctx context.Context, key string, number int) error {
	return stack.Set(ctx, p.Run, p.Name, stack.Setting{Key: "rotation." + key, Value: strconv.Itoa(number)})
}

// Pending implements Stack.
func (p Pulumi) Pending(ctx context.Context) ([]string, error) {
	return stack.Pending(ctx, p.Run, p.Name)
}

// Up implements Stack.
func (p Pulumi) Up(ctx context.Context) error { return stack.Up(ctx, p.Run, p.Name) }
