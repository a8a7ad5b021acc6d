import { t } from 'tap'
import { choosePort, portsOf, shown } from '../../src/core/ingress-port.ts'
import type { JsonObject } from '../../src/core/types.ts'

const HTTP = { name: 'http', port: 80, targetPort: 8080, nodePort: 31500 }
const HTTPS = { name: 'https', port: 443, targetPort: 'https' }
const serviceWith = (...ports: readonly unknown[]): JsonObject => ({
  metadata: { name: 'gateway-proxy' },
  spec: { ports },
})

t.test('ports are read with what they lead to', async t => {
  t.strictSame(portsOf(serviceWith(HTTP, HTTPS, { port: 9000 })), [
    { name: 'http', port: 80, target: 8080, nodePort: 31500 },
    { name: 'https', port: 443, target: 'https', nodePort: undefined },
    { name: '', port: 9000, target: 9000, nodePort: undefined },
  ])
  t.strictSame(portsOf(serviceWith({ name: 'x' }, { port: 0 }, 7)), [])
})

t.test('a port is shown by name and number, or by its number alone', async t => {
  const [http, bare] = portsOf(serviceWith(HTTP, { port: 9000 }))
  t.equal(http && shown(http), 'http (80)')
  t.equal(bare && shown(bare), '9000')
})

// ports | --port | port, or what is said
const cases: readonly [readonly unknown[], string, number | RegExp, readonly string[]][] = [
  [[HTTP, HTTPS], 'http', 80, []],
  [[HTTP, HTTPS], 'https', 443, []],
  [[HTTP, HTTPS], '443', 443, []],
  [[HTTP], 'http', 80, []],
  [[HTTP], 'https', 80, ['Service gateway-proxy has no port https, but only http (80)']],
  [[{ port: 9000 }], 'http', 9000, ['Service gateway-proxy has no port http, but only 9000']],
  [
    [HTTP, HTTPS],
    'grpc',
    /^Service gateway-proxy has no port grpc: choose one by --port; it has http \(80\), https \(443\)$/,
    [],
  ],
  [[], 'http', /^Service gateway-proxy has no ports: .* --name$/, []],
]
for (const [ports, wanted, found, notes] of cases)
  t.test(`${wanted} of ${JSON.stringify(ports)}`, async t => {
    const chosen = choosePort(serviceWith(...ports), wanted)
    if ('trouble' in chosen) return t.match(chosen.trouble, found)
    t.equal(chosen.port.port, found)
    return t.strictSame(chosen.notes, notes)
  })
