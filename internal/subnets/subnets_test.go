package subnets

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var layers = []Layer{Public, Application, Data}

func TestParseVPCRefusesUnusableRanges(t *testing.T) {
	for cidr, why := range map[string]string{
		"10.20.0.0":      "not an address range",
		"everything":     "not an address range",
		"10.20.0.0/33":   "not an address range",
		"fd00::/16":      "not an IPv4 range",
		"10.0.0.0/15":    "outside /16../22",
		"10.0.0.0/23":    "outside /16../22",
		"10.20.1.0/16":   "the range begins at 10.20.0.0/16",
		"127.0.0.0/16":   "not a range that hosts can have addresses of",
		"169.254.0.0/16": "not a range that hosts can have addresses of",
		"224.0.0.0/16":   "not a range that hosts can have addresses of",
		"0.0.0.0/16":     "not a range that hosts can have addresses of",
		"0.1.0.0/16":     "not a range that hosts can have addresses of",
		"250.0.0.0/16":   "not a range that hosts can have addresses of",
	} {
		_, err := ParseVPC(cidr)
		assert.ErrorContains(t, err, why, cidr)
	}
	for _, cidr := range []string{"10.20.0.0/16", "192.168.4.0/22", "172.16.0.0/20", "100.64.0.0/18"} {
		vpc, err := ParseVPC(cidr)
		require.NoError(t, err)
		assert.Equal(t, cidr, vpc.String())
	}
}

func TestSplitIsStable(t *testing.T) {
	vpc := netip.MustParsePrefix("10.20.0.0/16")
	for _, c := range []struct {
		layer Layer
		zone  int
		want  string
	}{
		{layer: Application, zone: 0, want: "10.20.0.0/20"},
		{layer: Application, zone: 3, want: "10.20.48.0/20"},
		{layer: Data, zone: 0, want: "10.20.64.0/20"},
		{layer: Public, zone: 2, want: "10.20.160.0/20"},
	} {
		got, err := Split(vpc, c.layer, c.zone)
		require.NoError(t, err)
		assert.Equal(t, c.want, got.String(), "the range must be stable: another range replaces the subnet and its resources")
	}
}

func TestSplitRefusesUnknownLayersAndZones(t *testing.T) {
	vpc := netip.MustParsePrefix("10.20.0.0/16")
	for _, zone := range []int{-1, MaxZones} {
		_, err := Split(vpc, Data, zone)
		assert.ErrorContains(t, err, "zone index", "a fifth zone would get the range of the next layer")
	}
	_, err := Split(vpc, "storage", 0)
	assert.ErrorContains(t, err, `unknown subnet layer "storage"`)
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte{10, 20, 0, 0}, 16)
	f.Add([]byte{192, 168, 4, 0}, 22)
	f.Add([]byte{255, 255, 255, 255}, 22)
	f.Fuzz(func(t *testing.T, address []byte, bits int) {
		addr, ok := netip.AddrFromSlice(address)
		if !ok {
			return
		}
		vpc, err := ParseVPC(netip.PrefixFrom(addr, bits).Masked().String())
		if err != nil {
			return
		}
		var all []netip.Prefix
		for _, layer := range layers {
			for zone := range MaxZones {
				subnet, err := Split(vpc, layer, zone)
				require.NoError(t, err)
				assert.Equal(t, subnet, subnet.Masked(), "AWS refuses host bits")
				assert.True(t, vpc.Contains(subnet.Addr()) && vpc.Contains(last(subnet)), "%s is not in %s", subnet, vpc)
				for _, other := range all {
					assert.False(t, subnet.Overlaps(other), "%s and %s", subnet, other)
				}
				all = append(all, subnet)
			}
		}
	})
}

// last returns the last address of a range.
func last(p netip.Prefix) netip.Addr {
	first := p.Addr().As4()
	var out [4]byte
	binary.BigEndian.PutUint32(out[:], binary.BigEndian.Uint32(first[:])|uint32(1)<<(32-p.Bits())-1)
	return netip.AddrFrom4(out)
}
