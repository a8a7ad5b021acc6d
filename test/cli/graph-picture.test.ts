import { t } from 'tap'
import { inOneLine, LOOKS, NO_GATEWAY, OUTSIDE, pictureOf } from '../../src/cli/graph-picture.ts'
import { STATES } from '../../src/core/graph.ts'
import { WAYS, wayTo } from '../harness/ways.ts'

t.test(
  'a picture has each gateway and namespace once, and an end for each destination',
  async t => {
    const { gateways, namespaces, ends } = pictureOf(WAYS)
    t.strictSame(gateways, ['gloo-system/gateway-proxy', 'gloo-system/internal', NO_GATEWAY])
    t.strictSame(namespaces, ['default', 'other', OUTSIDE], 'what is outside comes last')
    t.strictSame(
      ends.map(({ namespace, label }) => `${namespace} ${label}`),
      [
        'default both',
        'default details:9080',
        'default ratings:9080',
        'default reviews:9080',
        'other both:80',
        `${OUTSIDE} default-lambda-9080`,
      ],
    )
  },
)

t.test('ways of one state between the same two are counted together', async t => {
  const { trunks } = pictureOf(WAYS)
  t.strictSame(
    trunks.map(({ gateway, namespace, state, count }) => [gateway, namespace, state, count]),
    [
      ['gloo-system/gateway-proxy', 'default', 'refused', 1],
      ['gloo-system/gateway-proxy', 'default', 'waiting', 1],
      ['gloo-system/internal', 'default', 'waiting', 1],
      ['gloo-system/gateway-proxy', 'default', 'mtls', 2],
      ['gloo-system/gateway-proxy', 'other', 'mtls', 1],
      [NO_GATEWAY, OUTSIDE, 'plain', 1],
    ],
  )
})

t.test('Upstreams to one Service are in the order of their names', async t => {
  const { ends } = pictureOf([
    wayTo('details', 'mtls', { name: 'b' }),
    wayTo('details', 'plain', { name: 'a' }),
  ])
  t.strictSame(
    ends.map(({ way }) => way.name),
    ['a', 'b'],
  )
})

const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

t.test(
  'states differ by letter, by line and by colour, and each stands out from white',
  async t => {
    for (const key of ['letter', 'dashes', 'colour', 'title'] as const)
      t.equal(new Set(STATES.map(state => LOOKS[state][key])).size, STATES.length, key)
    for (const state of STATES) {
      const contrast = 1.05 / (luminance(LOOKS[state].colour) + 0.05)
      t.ok(contrast >= 4.5, `${state} ${contrast.toFixed(1)}`)
    }
  },
)

t.test('what no picture can hold is left out', async t => {
  t.equal(inOneLine('a\nb\u0000c\u2028d\ud800e\uffff'), 'a b c d e ')
  t.equal(inOneLine('ü→💥'), 'ü→💥')
})
