import { Registry } from 'prom-client'
import { t } from 'tap'
import { createAuthority } from '../../src/certs/authority.ts'
import { createCertificateMetrics } from '../../src/telemetry/certificate-metrics.ts'

interface World {
  authority?: string
  serving?: string
  isBundleInSync?: boolean
  isReady: boolean
}

const measured = () => {
  const world: World = { isReady: false }
  const registry = new Registry()
  const metrics = createCertificateMetrics({
    registry,
    certificate: role => world[role],
    isBundleInSync: () => world.isBundleInSync,
    isReady: async () => world.isReady,
  })
  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter(line => line.startsWith(`gloo_istio_${name}`))
  return { world, metrics, lines }
}

const DAY_MS = 86_400_000
const now = new Date('2026-01-01T00:00:00Z')
const authorityOf = async (days: number) =>
  (await createAuthority({ commonName: 'example', days, now })).certPem
const endAfter = (days: number) => (now.getTime() + days * DAY_MS) / 1000

t.test('the end of each certificate in use, and of no other', async t => {
  const { world, lines } = measured()
  const name = 'certificate_expiry_timestamp_seconds'
  t.strictSame(await lines(name), [])
  world.serving = await authorityOf(7)
  t.strictSame(await lines(name), [`gloo_istio_${name}{role="serving"} ${endAfter(7)}`])
  world.authority = `${await authorityOf(365)}${await authorityOf(30)}`
  t.strictSame(await lines(name), [
    `gloo_istio_${name}{role="authority"} ${endAfter(365)}`,
    `gloo_istio_${name}{role="serving"} ${endAfter(7)}`,
  ])
  world.serving = await authorityOf(14)
  delete world.authority
  t.strictSame(await lines(name), [`gloo_istio_${name}{role="serving"} ${endAfter(14)}`])
})

t.test('a bundle that nobody looks after is neither in sync nor out of it', async t => {
  const { world, lines } = measured()
  t.strictSame(await lines('ca_bundle'), [])
  world.isBundleInSync = true
  t.strictSame(await lines('ca_bundle'), ['gloo_istio_ca_bundle_in_sync 1'])
  world.isBundleInSync = false
  t.strictSame(await lines('ca_bundle'), ['gloo_istio_ca_bundle_in_sync 0'])
  delete world.isBundleInSync
  t.strictSame(await lines('ca_bundle'), [])
})

t.test('readiness is asked for at each scrape', async t => {
  const { world, lines } = measured()
  t.strictSame(await lines('ready'), ['gloo_istio_ready 0'])
  world.isReady = true
  t.strictSame(await lines('ready'), ['gloo_istio_ready 1'])
})

t.test('rotations are counted, and there before the first', async t => {
  const { metrics, lines } = measured()
  const counts = async () =>
    (await lines('certificate_rotations')).map(line => line.replace(/^.*\{|\}/g, '')).toSorted()
  t.strictSame(await counts(), [
    'role="authority",result="failed" 0',
    'role="authority",result="succeeded" 0',
    'role="serving",result="failed" 0',
    'role="serving",result="succeeded" 0',
  ])
  metrics.recordRotation({ role: 'serving', result: 'succeeded' })
  metrics.recordRotation({ role: 'serving', result: 'succeeded' })
  metrics.recordRotation({ role: 'authority', result: 'failed' })
  t.strictSame(await counts(), [
    'role="authority",result="failed" 1',
    'role="authority",result="succeeded" 0',
    'role="serving",result="failed" 0',
    'role="serving",result="succeeded" 2',
  ])
})
