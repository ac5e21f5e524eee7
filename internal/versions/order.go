package versions

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var number = regexp.MustCompile(`\d+`)

// Lowered reports whether a version is older than another of the same engine. It compares the numbers in both texts,
// such as 8.0.mysql_aurora.3.10.4, as far as both have them: AWS shows a patch number that the configuration does not
// have. A text without numbers is not older than any other.
func Lowered(old, wanted any) bool {
	a, b := numbers(old), numbers(wanted)
	shared := min(len(a), len(b))
	return slices.Compare(b[:shared], a[:shared]) < 0
}

func numbers(version any) []int {
	var out []int
	for _, digits := range number.FindAllString(fmt.Sprint(version), -1) {
		n, err := strconv.Atoi(digits)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}
