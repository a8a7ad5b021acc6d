import type { State, Way } from '../../src/core/graph.ts'

/** The way of an Upstream that Gloo's discovery made. */
export const wayTo = (service: string, state: State, more: Partial<Way> = {}): Way => ({
  namespace: 'gloo-system',
  name: `default-${service}-9080`,
  state,
  standing: state,
  reason: 'AlreadyEnabled',
  message: 'spec.sslConfig holds the certificates of mesh istio-system.istio',
  mesh: 'istio-system.istio',
  mode: 'istio-agent',
  since: '',
  by: 'Service',
  gateways: ['gloo-system/gateway-proxy'],
  destinations: [{ namespace: 'default', service, port: 9080 }],
  shown: [],
  accepted: [],
  secrets: [],
  notAfter: '',
  ...more,
})

/** One of each state, of which one leads to two namespaces, and one to no Service. */
export const WAYS: readonly Way[] = [
  wayTo('ratings', 'refused'),
  wayTo('details', 'mtls'),
  wayTo('reviews', 'waiting', { gateways: ['gloo-system/gateway-proxy', 'gloo-system/internal'] }),
  wayTo('lambda', 'plain', { destinations: [], gateways: [], mesh: '', mode: '' }),
  wayTo('both', 'mtls', {
    destinations: [
      { namespace: 'default', service: 'both', port: undefined },
      { namespace: 'other', service: 'both', port: 80 },
    ],
  }),
]

/** What no name of Kubernetes may be, but what a file may hold. */
export const HOSTILE: readonly string[] = [
  '"',
  '\\',
  '\\"',
  '"]; n0 -> n1 [label="',
  '"] --> x["',
  '<img src=x onerror=alert(1)>',
  "'/><script>alert(1)</script>",
  ']]>&lt;&#60;',
  '%%{init: {"securityLevel": "loose"}}%%',
  '`**x**`',
  '\n}\nclick e0 call alert(1)',
  '\\N\\G\\l',
  '#quot;#35;',
  '\u0000\u0008\u2028\ud800',
  'ü→💥',
]

/** A way with a name like this wherever there is one. */
export const namedAll = (name: string): Way =>
  wayTo(name, 'refused', {
    namespace: name,
    name,
    reason: name,
    message: name,
    mesh: name,
    mode: name,
    gateways: [name],
    destinations: [{ namespace: name, service: name, port: undefined }],
  })
