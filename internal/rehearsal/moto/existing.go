package moto

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// existingNetwork creates a VPC with a subnet of each tier in three zones, and sets s.Existing to the configuration for
// it. It does not use the SDK's EC2 client, which takes longer to compile than the rest of the package.
func (s *Server) existingNetwork(ctx context.Context) error {
	vpc, err := s.ec2(ctx, "vpcId", "CreateVpc", "CidrBlock", "10.80.0.0/16")
	if err != nil {
		return err
	}
	if _, err = s.ec2(ctx, "requestId", "ModifyVpcAttribute", "VpcId", vpc, "EnableDnsHostnames.Value",
		"true"); err != nil {
		return err
	}
	gateway, err := s.ec2(ctx, "internetGatewayId", "CreateInternetGateway")
	if err != nil {
		return err
	}
	if _, err = s.ec2(ctx, "requestId", "AttachInternetGateway", "InternetGatewayId", gateway, "VpcId",
		vpc); err != nil {
		return err
	}
	s.Existing = map[string]string{"network.existing.vpcId": vpc}
	for i, tier := range []string{"application", "data", "public"} {
		var ids []string
		for j, zone := range []string{"a", "b", "c"} {
			id, err := s.ec2(ctx, "subnetId", "CreateSubnet", "VpcId", vpc,
				"CidrBlock", fmt.Sprintf("10.80.%d.0/24", 10*i+j), "AvailabilityZone", s.region+zone)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		list, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		s.Existing["network.existing."+tier+"SubnetIds"] = string(list)
	}
	return nil
}

// checkersList creates the prefix list of the Route 53 health checkers, which moto lacks.
func (s *Server) checkersList(ctx context.Context) error {
	_, err := s.ec2(ctx, "prefixListId", "CreateManagedPrefixList", "PrefixListName",
		"com.amazonaws."+s.region+".route53-healthchecks", "AddressFamily", "IPv4", "MaxEntries", "25",
		"Entry.1.Cidr", "192.0.2.0/24", "Entry.1.Description", "health checkers")
	return err
}

// ec2 calls EC2's query API and returns one element of the answer. moto does not check signatures.
func (s *Server) ec2(ctx context.Context, element, action string, arguments ...string) (string, error) {
	form := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for i := 0; i+1 < len(arguments); i += 2 {
		form.Set(arguments[i], arguments[i+1])
	}
	body, err := s.call(ctx, http.MethodPost, "", "ec2",
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
	if err != nil {
		return "", fmt.Errorf("%s: %w", action, err)
	}
	found := regexp.MustCompile("<" + element + ">([^<]+)</" + element + ">").FindSubmatch(body)
	if found == nil {
		return "", fmt.Errorf("%s: no %s in %s", action, element, body)
	}
	return string(found[1]), nil
}

// call sends one request to moto directly, not through the layer.
func (s *Server) call(
	ctx context.Context,
	method, path, service string,
	header http.Header,
	body string,
) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.direct+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = header
	// moto reads the service and the region from the credential scope.
	request.Header.Set(
		"Authorization",
		"AWS4-HMAC-SHA256 Credential=console/20200101/"+s.region+"/"+service+"/aws4_request, SignedHeaders=host, "+
			"Signature=none",
	)
	response, err := loopback.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // read to its end
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return answer, err
}
