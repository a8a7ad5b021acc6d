import { t } from 'tap'
import type { Form } from '../../src/core/form.ts'
import {
  agentArguments,
  agentPorts,
  agentVariables,
  fromField,
  hasEnvoy,
} from '../../src/core/istio-agent.ts'
import { formOn } from '../harness/forms.ts'

/** Flags of the agent with their values, in either way to write them. */
const flagsOf = (form: Form): Record<string, string> => {
  const [proxy, sidecar, ...args] = agentArguments(form)
  if (proxy !== 'proxy' || sidecar !== 'sidecar') throw new TypeError(`${proxy} ${sidecar}`)
  const text = args.join('\n').replaceAll(/^(--[^=\n]+)\n(?!--)/gm, '$1=')
  return Object.fromEntries(
    text.split('\n').map(line => {
      const [, flag = '', value = ''] = /^(--[^=]+)=?(.*)$/.exec(line) ?? []
      return [flag, value]
    }),
  )
}

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } }
}
const variablesOf = (form: Form): Record<string, string | undefined> => {
  const variables = agentVariables(form) as readonly Variable[]
  const entries = variables.map(({ name, value, valueFrom }) => [
    name,
    value ?? valueFrom?.fieldRef.fieldPath,
  ])
  t.equal(new Set(entries.map(([name]) => name)).size, entries.length, 'each variable is set once')
  return Object.fromEntries(entries)
}

// As Gloo's chart has them (gloo@v1.17.0:install/helm/gloo/templates/7-gateway-proxy-deployment.yaml).
const FLAGS = {
  '--domain': '$(POD_NAMESPACE).svc.cluster.local',
  '--configPath': '/etc/istio/proxy',
  '--serviceCluster': 'istio-proxy-prometheus',
  '--drainDuration': '45s',
  '--parentShutdownDuration': '1m0s',
  '--proxyLogLevel': 'warning',
  '--proxyComponentLogLevel': 'misc:error',
  '--connectTimeout': '10s',
  '--controlPlaneAuthPolicy': 'NONE',
  '--dnsRefreshRate': '300s',
  '--controlPlaneBootstrap': 'false',
}
const VARIABLES = {
  OUTPUT_CERTS: '/etc/istio-certs',
  JWT_POLICY: 'third-party-jwt',
  PILOT_CERT_PROVIDER: 'istiod',
  CA_ADDR: 'istiod.istio-system.svc:15012',
  ISTIO_META_MESH_ID: 'cluster.local',
  ISTIO_META_CLUSTER_ID: 'Kubernetes',
  PROXY_CONFIG: '{"discoveryAddress":"istiod.istio-system.svc:15012"}',
  POD_NAME: 'metadata.name',
  POD_NAMESPACE: 'metadata.namespace',
  INSTANCE_IP: 'status.podIP',
  SERVICE_ACCOUNT: 'spec.serviceAccountName',
  HOST_IP: 'status.hostIP',
  ISTIO_META_POD_NAME: 'metadata.name',
  ISTIO_META_CONFIG_NAMESPACE: 'metadata.namespace',
  DISABLE_ENVOY: 'true',
}

t.test('the agent is run as Gloo’s own chart runs it', async t => {
  t.strictSame(flagsOf(formOn('istio-agent', '1.22.0')), FLAGS)
  t.strictSame(variablesOf(formOn('istio-agent', '1.22.0')), VARIABLES)
})

// Istio | ports of flags | cluster ID | whether Envoy can be left out
const versions: readonly [string, string | undefined, boolean, boolean][] = [
  ['1.5.10', '15020', false, false],
  ['1.6.14', '15021', true, false],
  ['1.7.0', undefined, true, false],
  ['1.10.6', undefined, true, false],
  ['1.11.0', undefined, true, true],
  ['1.31.0', undefined, true, true],
]
for (const [istio, statusPort, hasClusterId, isAlone] of versions)
  t.test(`the agent of Istio ${istio} gets what it knows`, async t => {
    const form = formOn('istio-agent', istio)
    const old = {
      '--binaryPath': '/usr/local/bin/envoy',
      '--discoveryAddress': 'istio-pilot.istio-system.svc:15012',
      '--proxyAdminPort': '15000',
      '--statusPort': statusPort,
      '--trust-domain': 'cluster.local',
    }
    t.strictSame(flagsOf(form), { ...FLAGS, ...(statusPort && old) })
    const { ISTIO_META_CLUSTER_ID: id, DISABLE_ENVOY: alone, ...others } = VARIABLES
    t.strictSame(variablesOf(form), {
      ...others,
      ...(hasClusterId && { ISTIO_META_CLUSTER_ID: id }),
      ...(isAlone && { DISABLE_ENVOY: alone }),
    })
    t.equal(hasEnvoy(form), !isAlone)
  })

t.test('the domain of the cluster is the one that is configured', async t => {
  const form = { ...formOn('istio-agent', '1.22.0'), clusterDomain: 'prod.internal' }
  t.equal(flagsOf(form)['--domain'], '$(POD_NAMESPACE).svc.prod.internal')
})

t.test('what the operator tells of a mesh reaches its agent', async t => {
  const told = {
    trustDomain: 'prod.example',
    discoveryAddress: 'istiod.elsewhere:15012',
    clusterId: 'east',
    jwtPolicy: 'first-party-jwt',
  } as const
  t.match(variablesOf(formOn('istio-agent', '1.22.0', told)), {
    CA_ADDR: 'istiod.elsewhere:15012',
    ISTIO_META_MESH_ID: 'prod.example',
    ISTIO_META_CLUSTER_ID: 'east',
    JWT_POLICY: 'first-party-jwt',
    PROXY_CONFIG: /"istiod\.elsewhere:15012"/,
  })
  t.match(variablesOf(formOn('istio-agent', '1.22.0', { ...told, meshId: 'm1' })), {
    ISTIO_META_MESH_ID: 'm1',
  })
  t.match(flagsOf(formOn('istio-agent', '1.6.14', told)), {
    '--discoveryAddress': 'istiod.elsewhere:15012',
    '--trust-domain': 'prod.example',
  })
  const elsewhere = { istioNamespace: 'mesh', revision: '1-22' }
  t.match(variablesOf(formOn('istio-agent', '1.22.0', elsewhere)), {
    CA_ADDR: 'istiod-1-22.mesh.svc:15012',
  })
  t.match(flagsOf(formOn('istio-agent', '1.5.10', elsewhere)), {
    '--discoveryAddress': 'istio-pilot.mesh.svc:15012',
  })
})

t.test('for its socket the agent writes no files, and has a child that idles', async t => {
  const form = formOn('agent-socket', '1.22.0')
  const { OUTPUT_CERTS, DISABLE_ENVOY, GRPC_XDS_BOOTSTRAP, PROXY_CONFIG } = variablesOf(form)
  t.strictSame([OUTPUT_CERTS, DISABLE_ENVOY], [undefined, undefined])
  const config = JSON.parse(String(PROXY_CONFIG))
  t.equal(config.customConfigFile, GRPC_XDS_BOOTSTRAP, 'a file that the agent itself writes')
  t.ok(GRPC_XDS_BOOTSTRAP?.startsWith('/etc/istio/proxy/'), 'where it may write')
  t.equal(config.concurrency, 1)
  t.equal(hasEnvoy(form), true)
})

t.test('agents in one pod share no port', async t => {
  const modes = ['istio-agent', 'agent-socket'] as const
  for (const istio of ['1.11.0', '1.22.0', '1.31.0']) {
    const forms = Array.from({ length: 20 }, (_, slot) =>
      formOn(modes[slot % 2] ?? 'istio-agent', istio, {}, slot),
    )
    const ports = forms.flatMap(agentPorts)
    t.equal(new Set(ports).size, ports.length, istio)
    for (const [slot, form] of forms.entries()) {
      const { statusPort = 15_020 } = JSON.parse(String(variablesOf(form)['PROXY_CONFIG']))
      t.ok(agentPorts(form).includes(statusPort), `status port of agent ${slot}`)
    }
  }
})

t.test('the second agent has the second port', async t =>
  t.strictSame(agentPorts(formOn('istio-agent', '1.22.0', {}, 1)), [15_120]),
)

t.test('an agent with an Envoy has the ports of Istio’s Envoy, too', async t => {
  t.strictSame(agentPorts(formOn('istio-agent', '1.11.0')), [15_020])
  t.strictSame(agentPorts(formOn('agent-socket', '1.22.0')), [15_020])
  for (const port of [15_000, 15_001, 15_006, 15_020, 15_021, 15_090])
    t.ok(agentPorts(formOn('istio-agent', '1.10.6')).includes(port), String(port))
})

t.test('the status port of an old agent is one of those that are kept free for it', async t => {
  for (const istio of ['1.5.10', '1.6.14'])
    for (const slot of [0, 1]) {
      const form = formOn('istio-agent', istio, {}, slot)
      const port = Number(flagsOf(form)['--statusPort'])
      t.ok(agentPorts(form).includes(port), `${port} of agent ${slot} of Istio ${istio}`)
    }
})

t.test('a variable takes a field of the pod', async t =>
  t.strictSame(fromField('HOST_IP', 'status.hostIP'), {
    name: 'HOST_IP',
    valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } },
  }),
)
