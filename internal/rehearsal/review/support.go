package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// engines are the resources whose engineVersion AWS supports until a date.
var engines = map[string]versions.Engine{
	awstoken.RDSCluster:       versions.Aurora,
	awstoken.MQBroker:         versions.RabbitMQ,
	awstoken.OpenSearchDomain: versions.OpenSearch,
}

// Support is the support of one engine's version.
type Support struct {
	Engine  versions.Engine
	Version string
	// Until is the last day of standard support; zero if AWS has not announced it.
	Until time.Time
	// Near is true if the day has passed or is within versions.NearEnd days.
	Near bool
}

func (s Support) String() string {
	until := "no end of support announced"
	switch {
	case !s.Until.IsZero() && s.Near:
		until = fmt.Sprintf("**standard support ends on %s**", s.Until.Format(time.DateOnly))
	case !s.Until.IsZero():
		until = "standard support until " + s.Until.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s %s: %s", s.Engine, s.Version, until)
}

// SupportOf returns the support of the engines among resources, sorted by engine.
func SupportOf(resources map[string]rehearsal.Inputs, today time.Time) []Support {
	var out []Support
	for _, urn := range slices.Sorted(maps.Keys(resources)) {
		r := resources[urn]
		engine, found := engines[r.Type]
		version, isText := r.Values["engineVersion"].(string)
		if !found || !isText {
			continue
		}
		row, _ := versions.Find(engine, version)
		out = append(out, Support{
			Engine: engine, Version: version, Until: row.StandardUntil,
			Near: !row.StandardUntil.IsZero() && versions.IsNear(row.StandardUntil, today),
		})
	}
	slices.SortStableFunc(out, func(a, b Support) int { return strings.Compare(string(a.Engine), string(b.Engine)) })
	return slices.Compact(out)
}
