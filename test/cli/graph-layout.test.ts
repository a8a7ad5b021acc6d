import { t } from 'tap'
import { layOut, ROW } from '../../src/cli/graph-layout.ts'
import { pictureOf } from '../../src/cli/graph-picture.ts'
import { WAYS, wayTo } from '../harness/ways.ts'

t.test('no two boxes of a column overlap, and all are inside', async t => {
  const picture = pictureOf(WAYS)
  const layout = layOut(picture)
  const columns = {
    gateways: picture.gateways.map(layout.gateway),
    namespaces: picture.namespaces.map(layout.namespace),
    ends: picture.ends.map((_, at) => layout.end(at)),
  }
  for (const [name, ys] of Object.entries(columns)) {
    t.ok(
      ys.every((y, at) => at === 0 || y - (ys[at - 1] ?? 0) >= ROW),
      name,
    )
    t.ok(
      ys.every(y => y > 0 && y + ROW / 2 < layout.height),
      name,
    )
  }
})

t.test('a namespace is at the middle of its Services', async t => {
  const layout = layOut(pictureOf(WAYS))
  t.equal(layout.namespace('default'), (layout.end(0) + layout.end(3)) / 2)
  t.equal(layout.namespace('other'), layout.end(4))
})

t.test('many gateways make it higher, and nothing at all has a height, too', async t => {
  const gateways = Array.from({ length: 30 }, (_, at) => `gloo-system/gateway-${at}`)
  const picture = pictureOf([wayTo('details', 'mtls', { gateways })])
  const layout = layOut(picture)
  const ys = picture.gateways.map(layout.gateway)
  t.ok(ys.every((y, at) => at === 0 || y - (ys[at - 1] ?? 0) >= ROW))
  t.ok(layOut(pictureOf([])).height > 0)
  t.ok(layout.namespace('nowhere') > 0)
  t.ok(layout.end(7) > 0)
})
