package restoretest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// skew is by how much the clock of a node and that of AWS Backup may differ.
const skew = 5 * time.Minute

// Judge returns what is wrong with a canary: a time and its SHA-256, as keep.sh writes it. point is when the recovery
// point was made.
func Judge(canary string, point time.Time, maxAge time.Duration) error {
	fields := strings.Fields(canary)
	if len(fields) == 0 {
		return errors.New("there is no canary")
	}
	if len(fields) != 2 { //nolint:mnd // a time and a digest
		return fmt.Errorf("the canary is damaged: it has %d words instead of a time and a digest", len(fields))
	}
	digest := sha256.Sum256([]byte(fields[0]))
	if hex.EncodeToString(digest[:]) != fields[1] {
		return errors.New("the canary is damaged: its digest does not match")
	}
	written, err := time.Parse(time.RFC3339, fields[0])
	if err != nil {
		return fmt.Errorf("the canary has no time: %w", err)
	}
	switch age := point.Sub(written); {
	case age < -skew:
		return fmt.Errorf("the canary of %s is newer than the recovery point of %s: this is not what was restored",
			fields[0], point.UTC().Format(time.RFC3339))
	case age > maxAge:
		return fmt.Errorf("the canary is %s older than the recovery point: later data is missing, or no node wrote it",
			age.Round(time.Minute))
	}
	return nil
}
