package cost

// Price is a row of the table: an on-demand list price without taxes and discounts.
type Price struct {
	// ID is the service and what of it, such as "ec2/m5.xlarge".
	ID string
	// What it is in words.
	What string
	// Unit is what one price is for: hour, GB, GB-month, month, metric-month.
	Unit string
	USD  float64
	// Source is where the figure was read, at Date; Page is AWS's own price page, where you confirm it.
	Source, Date, Page string
	// Verified is false for a figure that is derived, or comes from lists other than those of AWS.
	Verified bool
}

// PricesOf is the region of the prices. The table has no others.
const PricesOf = "us-east-1"

// The sources. The prices in infracost's golden test files were recorded from AWS's price list, before the date of the
// repository.
const (
	infracost = "test files of infracost"
	priceList = "public code that quotes the AWS price list"
	secondary = "lists other than those of AWS"
	derived   = "derived: twice the size costs twice as much"

	infracostDate = "2026-08-21"
	priceListDate = "2026-10-05"
	readDate      = "2026-11-28"

	perHour, perGB, perGBMonth, perMonth = "hour", "GB", "GB-month", "month"
	perMetric                            = "metric-month"

	pricing = "https://aws.amazon.com/"
)

const (
	ec2Page        = pricing + "ec2/pricing/on-demand/"
	ebsPage        = pricing + "ebs/pricing/"
	auroraPage     = pricing + "rds/aurora/pricing/"
	mqPage         = pricing + "amazon-mq/pricing/"
	searchPage     = pricing + "opensearch-service/pricing/"
	vpcPage        = pricing + "vpc/pricing/"
	linkPage       = pricing + "privatelink/pricing/"
	transitPage    = pricing + "transit-gateway/pricing/"
	balancerPage   = pricing + "elasticloadbalancing/pricing/"
	efsPage        = pricing + "efs/pricing/"
	s3Page         = pricing + "s3/pricing/"
	kmsPage        = pricing + "kms/pricing/"
	secretsPage    = pricing + "secrets-manager/pricing/"
	cloudwatchPage = pricing + "cloudwatch/pricing/"
	backupPage     = pricing + "backup/pricing/"
	route53Page    = pricing + "route53/pricing/"
)

// recorded is a price from infracost's test files.
func recorded(id, what, unit string, usd float64, page string) Price {
	return Price{
		ID: id, What: what, Unit: unit, USD: usd, Source: infracost, Date: infracostDate, Page: page, Verified: true,
	}
}

// quoted is a price that public code quotes from AWS's price list.
func quoted(id, what, unit string, usd float64, page string) Price {
	return Price{
		ID: id, What: what, Unit: unit, USD: usd, Source: priceList, Date: priceListDate, Page: page, Verified: true,
	}
}

// uncertain is a price that must be confirmed.
func uncertain(id, what, unit string, usd float64, source, page string) Price {
	return Price{ID: id, What: what, Unit: unit, USD: usd, Source: source, Date: readDate, Page: page}
}

// Prices are all rows. An instance type without a row is named as unknown.
var Prices = []Price{
	uncertain("ec2/m5.large", "node, m5.large", perHour, 0.096, derived, ec2Page),
	recorded("ec2/m5.xlarge", "node, m5.xlarge", perHour, 0.192, ec2Page),
	uncertain("ec2/m5.2xlarge", "node, m5.2xlarge", perHour, 0.384, derived, ec2Page),
	uncertain("ec2/m5.4xlarge", "node, m5.4xlarge", perHour, 0.768, derived, ec2Page),
	uncertain("ec2/m5a.xlarge", "node, m5a.xlarge", perHour, 0.172, secondary, ec2Page),
	uncertain("ec2/m6i.xlarge", "node, m6i.xlarge", perHour, 0.192, secondary, ec2Page),
	uncertain("ec2/m6i.2xlarge", "node, m6i.2xlarge", perHour, 0.384, derived, ec2Page),
	recorded("ebs/gp3", "root volumes, gp3", perGBMonth, 0.08, ebsPage),
	recorded("ec2/detailed-monitoring", "detailed monitoring, 7 metrics a node", perMetric, 0.30, cloudwatchPage),
	recorded("ec2/between-zones", "traffic between zones", perGB, 0.01, ec2Page),
	recorded("ec2/to-internet", "traffic to the internet", perGB, 0.09, ec2Page),

	uncertain("aurora/db.t4g.medium", "Aurora MySQL, db.t4g.medium", perHour, 0.073, secondary, auroraPage),
	uncertain("aurora/db.t4g.large", "Aurora MySQL, db.t4g.large", perHour, 0.146, derived, auroraPage),
	uncertain("aurora/db.r5.large", "Aurora MySQL, db.r5.large", perHour, 0.29, secondary, auroraPage),
	uncertain("aurora/db.r5.xlarge", "Aurora MySQL, db.r5.xlarge", perHour, 0.58, secondary, auroraPage),
	uncertain("aurora/db.r5.2xlarge", "Aurora MySQL, db.r5.2xlarge", perHour, 1.16, derived, auroraPage),
	uncertain("aurora/db.r5.4xlarge", "Aurora MySQL, db.r5.4xlarge", perHour, 2.32, derived, auroraPage),
	recorded("aurora/storage", "database storage", perGBMonth, 0.10, auroraPage),
	recorded("aurora/io", "database I/O", "million requests", 0.20, auroraPage),
	recorded("aurora/backup", "database backups beyond the free size", perGBMonth, 0.021, auroraPage),

	recorded("mq/mq.m5.large", "RabbitMQ node, mq.m5.large", perHour, 0.288, mqPage),
	recorded("mq/mq.m5.xlarge", "RabbitMQ node, mq.m5.xlarge", perHour, 0.576, mqPage),
	uncertain("mq/mq.m5.2xlarge", "RabbitMQ node, mq.m5.2xlarge", perHour, 1.152, derived, mqPage),
	uncertain("mq/mq.m5.4xlarge", "RabbitMQ node, mq.m5.4xlarge", perHour, 2.304, derived, mqPage),
	recorded("mq/storage", "RabbitMQ storage", perGBMonth, 0.10, mqPage),

	uncertain("search/t3.small.search", "OpenSearch node, t3.small", perHour, 0.036, secondary, searchPage),
	uncertain("search/t3.medium.search", "OpenSearch node, t3.medium", perHour, 0.073, secondary, searchPage),
	quoted("search/m6g.large.search", "OpenSearch node, m6g.large", perHour, 0.128, searchPage),
	uncertain("search/m6g.xlarge.search", "OpenSearch node, m6g.xlarge", perHour, 0.256, derived, searchPage),
	quoted("search/r6g.large.search", "OpenSearch node, r6g.large", perHour, 0.167, searchPage),
	uncertain("search/r6g.xlarge.search", "OpenSearch node, r6g.xlarge", perHour, 0.334, derived, searchPage),
	uncertain("search/r6g.2xlarge.search", "OpenSearch node, r6g.2xlarge", perHour, 0.668, derived, searchPage),
	quoted("search/gp3", "OpenSearch volumes, gp3", perGBMonth, 0.122, searchPage),

	recorded("alb/hour", "load balancer", perHour, 0.0225, balancerPage),
	recorded("alb/lcu", "capacity units of the load balancer", "LCU-hour", 0.008, balancerPage),
	recorded("nat/hour", "NAT gateway", perHour, 0.045, vpcPage),
	recorded("nat/traffic", "traffic through NAT gateways", perGB, 0.045, vpcPage),
	{
		ID: "vpc/public-ipv4", What: "public IPv4 address", Unit: perHour, USD: 0.005,
		Source: "announcement by AWS", Date: readDate, Verified: true,
		Page: "https://aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge-public-ip-insights/",
	},
	recorded("endpoint/hour", "interface endpoint in a zone", perHour, 0.01, linkPage),
	recorded("endpoint/traffic", "traffic through interface endpoints", perGB, 0.01, linkPage),
	uncertain("transit/hour", "attachment to a transit gateway", perHour, 0.05, secondary, transitPage),
	uncertain("transit/traffic", "traffic to a transit gateway", perGB, 0.02, secondary, transitPage),

	recorded("efs/storage", "shared files, Standard", perGBMonth, 0.30, efsPage),
	uncertain("efs/backup", "backups of the shared files", perGBMonth, 0.05, secondary, backupPage),
	uncertain("efs/restore", "restores of the shared files", perGB, 0.02, secondary, backupPage),
	recorded("s3/storage", "objects in buckets, Standard", perGBMonth, 0.023, s3Page),
	recorded("kms/key", "KMS key", perMonth, 1.00, kmsPage),
	recorded("kms/requests", "KMS requests", "10,000 requests", 0.03, kmsPage),
	recorded("secrets/secret", "secret", perMonth, 0.40, secretsPage),

	recorded("route53/health-check", "health check (the first 50 of an account are free)", perMonth, 0.50, route53Page),
	recorded("route53/health-check-option", "option of a health check, such as HTTPS", perMonth, 1.00, route53Page),

	recorded("cloudwatch/alarm", "alarm, for each of its metrics", perMetric, 0.10, cloudwatchPage),
	uncertain("cloudwatch/composite-alarm", "composite alarm", perMonth, 0.50, secondary, cloudwatchPage),
	uncertain("cloudwatch/dashboard", "dashboard (the first three of an account are free)", perMonth, 3.00, secondary, cloudwatchPage),
	recorded("cloudwatch/metric", "custom metric", perMetric, 0.30, cloudwatchPage),
	recorded("logs/ingest", "log data taken in", perGB, 0.50, cloudwatchPage),
	recorded("logs/storage", "log data stored", perGBMonth, 0.03, cloudwatchPage),
}

// PriceOf returns the row with an ID.
func PriceOf(id string) (Price, bool) {
	for _, p := range Prices {
		if p.ID == id {
			return p, true
		}
	}
	return Price{}, false
}
