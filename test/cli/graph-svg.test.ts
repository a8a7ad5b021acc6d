import { t } from 'tap'
import { drawSvg } from '../../src/cli/graph-svg.ts'
import { HOSTILE, namedAll, WAYS, wayTo } from '../harness/ways.ts'

const TOKEN =
  /<(?<close>\/?)(?<tag>[a-z]+)(?<attributes>(?: [a-zA-Z:-]+="[^"<&]*")*)(?<empty>\/?)>|(?<text>(?:[^<>&\p{Cc}\p{Cs}]|\n|&(?:amp|lt|gt|quot|#39);)+)/guy

/** Each tag, and each text, of a document; throws for what is no XML. */
const tokensOf = (svg: string) => {
  const tokens = [...svg.matchAll(TOKEN)].map(({ groups = {} }) => groups)
  const length = [...svg.matchAll(TOKEN)].reduce((sum, [token]) => sum + token.length, 0)
  if (length < svg.length) throw new Error(`no XML: ${svg.slice(length, length + 80)}`)
  return tokens.filter(({ tag }) => tag !== undefined)
}

/** The tags of a document, each inside of the one it belongs to. */
const tagsOf = (svg: string): readonly string[] => {
  const open: string[] = []
  const tags: string[] = []
  for (const { close, tag = '', empty } of tokensOf(svg)) {
    if (close !== '') {
      if (open.pop() !== tag) throw new Error(`</${tag}> closes another`)
      continue
    }
    tags.push([...open, tag].join('/'))
    if (empty === '') open.push(tag)
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join('/')}`)
  return tags
}

const titlesOf = (svg: string) =>
  [...svg.matchAll(/<title[^>]*>([^<]*)</g)].map(([, title = '']) => title)

t.test('it is one document, which says what it shows', async t => {
  const svg = drawSvg(WAYS)
  t.ok(tagsOf(svg).length > 50)
  t.match(
    svg,
    /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*role="img" aria-labelledby="title desc"/,
  )
  t.match(svg, '<title id="title">Ways of Upstreams</title>')
  t.match(
    svg,
    '5 Upstreams, each from gateway by namespace to Service: 1 refused, 1 waiting, 2 mutual TLS, 1 plain.',
  )
})

t.test('the legend tells each state by letter and count', async t => {
  for (const said of ['refused: 1', 'waiting: 1', 'mutual TLS: 2', 'plain: 1'])
    t.match(drawSvg(WAYS), `>${said}</text>`)
})

t.test('each way is told in words, too', async t => {
  const titles = titlesOf(drawSvg(WAYS))
  for (const title of [
    'gloo-system/gateway-proxy to default: 2 mutual TLS',
    'Upstream gloo-system/default-details-9080: mutual TLS. spec.sslConfig holds the certificates of mesh istio-system.istio [AlreadyEnabled]',
    'details:9080',
    'outside of the cluster',
    'no gateway',
  ])
    t.ok(titles.includes(title), title)
})

t.test('it takes nothing from elsewhere, and runs nothing', async t =>
  t.notMatch(drawSvg(WAYS), /href|url\(|<script|<image|<style|@import|\son[a-z]+=/),
)

t.test('what is too long for its box is cut, and whole in its title', async t => {
  const name = 'a-service-with-a-name-that-is-longer-than-any-box'
  const svg = drawSvg([wayTo(name, 'mtls')])
  t.match(svg, />a-service-with-a-name-t…</)
  t.ok(titlesOf(svg).includes(`${name}:9080`))
})

t.test('without Upstreams it says so', async t => {
  const svg = drawSvg([])
  t.ok(tagsOf(svg).length > 0)
  t.match(svg, '>0 Upstreams, each')
  t.match(drawSvg(WAYS.slice(0, 1)), '>1 Upstream, each')
})

for (const [at, name] of HOSTILE.entries())
  t.test(`no element comes of hostile name ${at}`, async t =>
    t.strictSame(tagsOf(drawSvg([namedAll(name)])), tagsOf(drawSvg([namedAll('harmless')]))),
  )
