package component

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

type proxy struct {
	URL string `json:"url"`
}

type section struct {
	Name       string            `json:"name"`
	Sizes      []int             `json:"sizes"`
	On         bool              `json:"on,omitempty"`
	Ratio      float64           `json:"ratio"`
	PackageURL string            `json:"packageUrl"`
	MirrorURL  string            `json:"mirrorUrl"`
	Proxies    []proxy           `json:"proxies"`
	Tags       map[string]string `json:"tags"`
	Derived    string            `json:"-"`
	Unnamed    string
}

func TestInputsKeepTheNamesOfTheConfiguration(t *testing.T) {
	got := Inputs(section{
		Name: "a", Sizes: []int{1, 2}, On: true, Ratio: 0.5, Tags: map[string]string{"k": "v"}, Derived: "x", Unnamed: "y",
		PackageURL: "https://user:password@example.com/a/file.deb?signature=secret", MirrorURL: "s3://bucket/key.deb",
		Proxies: []proxy{{URL: "http://user:password@10.0.0.1:3128"}, {URL: "::"}},
	}, pulumi.Map{"name": pulumi.String("extra wins"), "zones": pulumi.Int(2)})
	assert.Equal(t, pulumi.Map{
		"name": pulumi.String("extra wins"), "zones": pulumi.Int(2),
		"sizes": pulumi.Array{pulumi.Int(1), pulumi.Int(2)}, "on": pulumi.Bool(true), "ratio": pulumi.Float64(0.5),
		"packageUrl": pulumi.String("file.deb"), "mirrorUrl": pulumi.String("key.deb"),
		"proxies": pulumi.Array{
			pulumi.Map{"url": pulumi.String("10.0.0.1:3128")}, pulumi.Map{"url": pulumi.String("")},
		},
		"tags": pulumi.Map{"k": pulumi.String("v")},
	}, got, "a signature or a password in a URL is shown to nobody")
}
