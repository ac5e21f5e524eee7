package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	passwordT = awstoken.RandomPassword // #nosec G101 -- a type token
	idT       = awstoken.RandomID

	lowerSet   = "abcdefghijklmnopqrstuvwxyz"
	upperSet   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	numericSet = "0123456789"
	specialSet = "!@#$%&*()-_=+[]{}<>:?"
)

// Random generates the values of the random provider; it needs no account.
func Random(token string, in account.Values) (account.Answer, error) {
	switch token {
	case passwordT:
		return password(in)
	case idT:
		return randomID(in)
	default:
		return account.Answer{}, fmt.Errorf("the simulated random provider does not model %s", token)
	}
}

func password(in account.Values) (account.Answer, error) {
	special := specialSet
	if s, _ := in["overrideSpecial"].(string); s != "" {
		special = s
	}
	var all string
	var out []byte
	for _, class := range []struct{ on, least, set string }{
		{on: "lower", least: "minLower", set: lowerSet}, {on: "upper", least: "minUpper", set: upperSet},
		{on: "numeric", least: "minNumeric", set: numericSet}, {on: "special", least: "minSpecial", set: special},
	} {
		least := int(number(in[class.least]))
		if in[class.on] != false {
			all += class.set
		} else if least > 0 {
			return account.Answer{}, fmt.Errorf("%s is %d although %s is off", class.least, least, class.on)
		}
		for range least {
			out = append(out, pick(class.set))
		}
	}
	length := int(number(in["length"]))
	if length < 1 || length < len(out) || all == "" {
		return account.Answer{}, fmt.Errorf("length %d is too short for the required characters", length)
	}
	for len(out) < length {
		out = append(out, pick(all))
	}
	for i := range out {
		j := below(len(out))
		out[i], out[j] = out[j], out[i]
	}
	sum := sha256.Sum256(out) // instead of a bcrypt hash, which nothing reads
	state := account.Values{"result": string(out), "bcryptHash": "$2a$10$" + hex.EncodeToString(sum[:])}
	for k, v := range in {
		state[k] = v
	}
	return account.Answer{ID: "none", State: state}, nil
}

func randomID(in account.Values) (account.Answer, error) {
	n := int(number(in["byteLength"]))
	if n < 1 {
		return account.Answer{}, fmt.Errorf("byteLength must be at least 1, got %d", n)
	}
	raw := make([]byte, n)
	if _, err := rand.Read(raw); err != nil {
		return account.Answer{}, err
	}
	prefix, _ := in["prefix"].(string)
	url := base64.RawURLEncoding.EncodeToString(raw)
	state := account.Values{
		"hex": prefix + hex.EncodeToString(raw), "dec": prefix + new(big.Int).SetBytes(raw).String(),
		"b64Url": prefix + url, "b64Std": prefix + base64.StdEncoding.EncodeToString(raw),
	}
	for k, v := range in {
		state[k] = v
	}
	return account.Answer{ID: url, State: state}, nil
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

func pick(set string) byte { return set[below(len(set))] }

func below(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // the system's random generator failed; the program cannot continue
	}
	return int(v.Int64())
}
