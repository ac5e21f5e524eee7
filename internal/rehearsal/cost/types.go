package cost

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

// typeRow says what a resource type costs: exactly one field is set.
type typeRow struct {
	// free is why a resource of the type costs nothing by itself.
	free string
	// unknown is what it is whose price is not known.
	unknown string
	// uses are what a resource of the type uses in a month.
	uses func(r Resource, all []Resource) []use
}

// use is a quantity a month of a row of prices.
type use struct {
	price    string
	quantity float64
	// assumption is empty if the configuration decides the quantity.
	assumption string
}

// Reasons that several types share.
const (
	setting   = "a setting of another resource"
	noCharge  = "AWS charges nothing for it"
	permits   = "IAM costs nothing"
	addressed = "addresses and routes of a VPC cost nothing"
)

// types has a row for each type that the program registers.
var types = map[string]typeRow{
	awstoken.ACMCertificate:              {free: "public certificates cost nothing"},
	awstoken.ACMCertificateValidation:    {free: setting},
	awstoken.AutoScalingGroup:            {uses: group},
	awstoken.AutoScalingLifecycleHook:    {free: setting},
	awstoken.AutoScalingPolicy:           {free: setting},
	awstoken.AutoScalingSchedule:         {free: setting},
	awstoken.BackupPlan:                  {uses: backups},
	awstoken.BackupRestoreTestPlan:       {free: "its tests are priced with the selections"},
	awstoken.BackupRestoreTestSelection:  {uses: restoreTests},
	awstoken.BackupSelection:             {free: setting},
	awstoken.BackupVault:                 {free: "its recovery points are priced with the plan"},
	awstoken.BackupVaultLock:             {free: setting},
	awstoken.BackupVaultNotifications:    {free: setting},
	awstoken.BackupVaultPolicy:           {free: permits},
	awstoken.BudgetsBudget:               {free: "a budget without actions costs nothing"},
	awstoken.CloudWatchAlarm:             {uses: alarm},
	awstoken.CloudWatchCompositeAlarm:    {uses: only("cloudwatch/composite-alarm", 1)},
	awstoken.CloudWatchDashboard:         {uses: only("cloudwatch/dashboard", 1)},
	awstoken.CostAnomalyMonitor:          {free: noCharge},
	awstoken.CostAnomalySubscription:     {free: noCharge},
	awstoken.EventRule:                   {free: "events of AWS services cost nothing"},
	awstoken.EventTarget:                 {free: setting},
	awstoken.LogGroup:                    {uses: logGroup},
	awstoken.LogMetricFilter:             {uses: only("cloudwatch/metric", 1)},
	awstoken.LogQueryDefinition:          {free: "running a query costs by the data that it scans"},
	awstoken.LogResourcePolicy:           {free: permits},
	awstoken.EC2DefaultSecurityGroup:     {free: addressed},
	awstoken.EC2ElasticIP:                {uses: only("vpc/public-ipv4", HoursAMonth)},
	awstoken.EC2FlowLog:                  {free: "its log group is priced"},
	awstoken.EC2InternetGateway:          {free: "only its traffic costs something"},
	awstoken.EC2LaunchTemplate:           {free: "the nodes are priced with their group"},
	awstoken.EC2NATGateway:               {uses: nat},
	awstoken.EC2Route:                    {free: addressed},
	awstoken.EC2RouteTable:               {free: addressed},
	awstoken.EC2RouteTableAssociation:    {free: addressed},
	awstoken.EC2SecurityGroup:            {free: addressed},
	awstoken.EC2SecurityGroupEgressRule:  {free: addressed},
	awstoken.EC2SecurityGroupIngressRule: {free: addressed},
	awstoken.EC2Subnet:                   {free: addressed},
	awstoken.EC2TransitGatewayAttachment: {uses: transit},
	awstoken.EC2VPC:                      {free: addressed},
	awstoken.EC2VPCEndpoint:              {uses: endpoint},
	awstoken.EFSBackupPolicy:             {uses: fileBackups},
	awstoken.EFSFileSystem:               {uses: fileSystem},
	awstoken.EFSFileSystemPolicy:         {free: permits},
	awstoken.EFSMountTarget:              {free: noCharge},
	awstoken.EFSReplication:              {unknown: "copy of the shared files in the other region: storage and transfer"},
	awstoken.IAMInstanceProfile:          {free: permits},
	awstoken.IAMRole:                     {free: permits},
	awstoken.IAMRolePolicy:               {free: permits},
	awstoken.IAMRolePolicyAttachment:     {free: permits},
	awstoken.IAMServiceLinkedRole:        {free: permits},
	awstoken.KMSAlias:                    {free: setting},
	awstoken.KMSKey:                      {uses: key},
	awstoken.LambdaPermission:            {free: permits},
	awstoken.LBListener:                  {free: "priced with its load balancer"},
	awstoken.LBLoadBalancer:              {uses: balancer},
	awstoken.LBTargetGroup:               {free: "priced with its load balancer"},
	awstoken.MQBroker:                    {uses: broker},
	awstoken.OpenSearchDomain:            {uses: domain},
	awstoken.RDSCluster:                  {uses: database},
	awstoken.RDSClusterInstance:          {uses: databaseInstance},
	awstoken.RDSClusterParameterGroup:    {free: setting},
	awstoken.RDSEventSubscription:        {free: "the events of a database are few: the first million messages a month are free"},
	awstoken.RDSGlobalCluster:            {unknown: "global database: replicated writes, and the clusters in other regions"},
	awstoken.RDSParameterGroup:           {free: setting},
	awstoken.RDSSubnetGroup:              {free: setting},
	awstoken.Route53HealthCheck:          {uses: healthCheck},
	awstoken.Route53Record:               {free: "queries of alias records cost nothing; you own the hosted zone"},
	awstoken.Route53ZoneAssociation:      {free: noCharge},
	awstoken.S3Bucket:                    {uses: bucket},
	awstoken.S3BucketEncryption:          {free: setting},
	awstoken.S3BucketLifecycle:           {free: setting},
	awstoken.S3BucketOwnershipControls:   {free: setting},
	awstoken.S3BucketPolicy:              {free: permits},
	awstoken.S3BucketPublicAccessBlock:   {free: setting},
	awstoken.S3BucketVersioning:          {free: setting},
	awstoken.S3Object:                    {free: "a file of some kilobytes"},
	awstoken.SecretsManagerSecret:        {uses: secrets},
	awstoken.SecretsManagerSecretVersion: {free: "a secret costs the same with any number of versions"},
	awstoken.SNSTopic:                    {free: "the first 1,000 emails and million messages a month are free"},
	awstoken.SNSTopicPolicy:              {free: permits},
	awstoken.SNSTopicSubscription:        {free: "the first 1,000 emails a month are free"},
	awstoken.WAFWebACLAssociation:        {free: "you own the web ACL, which costs something"},
}

// Verdict says how a type is priced: "priced", "free: reason" or "unknown: what"; empty for a type without a row.
func Verdict(token string) string {
	row, found := types[token]
	switch {
	case !found:
		return ""
	case row.free != "":
		return "free: " + row.free
	case row.unknown != "":
		return "unknown: " + row.unknown
	case row.uses != nil:
		return "priced"
	}
	return ""
}

// Types are the tokens that have a row.
func Types() []string {
	var out []string
	for token := range types {
		out = append(out, token)
	}
	return out
}

// Outside is what no resource of a stack shows.
var Outside = []string{"the Morpheus licence", "taxes and AWS Support", "resources that Morpheus itself creates in clouds"}
