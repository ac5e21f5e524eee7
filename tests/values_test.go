package tests

import "github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"

// Short names for the texts and policies in the inputs of resources.
type statement = controls.Statement

var (
	visit      = controls.Visit
	statements = controls.Statements
	list       = controls.List
)

const dbCluster = "rds/cluster:Cluster"
