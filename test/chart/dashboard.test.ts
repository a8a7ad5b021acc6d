import { t } from 'tap'
import { field, fieldAt, items, textAt } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { expressionOf, rendered, rows } from './monitoring.ts'

const panels = rows.flatMap(row => row.panels)

const upTo = (length: number) => Array.from({ length }, (_, index) => index)

/** What a panel covers of the grid, as `<column> <line>`. */
const squaresOf = (panel: unknown): readonly string[] => {
  const at = (key: string) => Number(fieldAt(panel, 'gridPos', key))
  return upTo(at('w')).flatMap(x => upTo(at('h')).map(y => `${at('x') + x} ${at('y') + y}`))
}

const dashboardWith = async (...set: string[]) => {
  const maps = await rendered('ConfigMap', 'grafana.dashboard.enabled=true', ...set)
  const map = maps.find(found => textAt(found, 'metadata', 'name').endsWith('-dashboard'))
  const files = Object.entries(Object(field(map, 'data')))
  return { map, files, dashboard: JSON.parse(String(files[0]?.[1])) as unknown }
}

await t.test('the dashboard', { skip: skipUnless('helm') }, async t => {
  await t.test('is where the sidecar of Grafana looks for it', async t => {
    const { map, files } = await dashboardWith()
    t.equal(fieldAt(map, 'metadata', 'labels', 'grafana_dashboard'), '1')
    t.same(
      files.map(([name]) => name),
      ['edge-gloo-istio.mesh.json'],
    )
    const { map: moved } = await dashboardWith(
      'grafana.dashboard.labels.board=yes',
      'grafana.dashboard.annotations.folder=Mesh',
    )
    t.equal(fieldAt(moved, 'metadata', 'labels', 'board'), 'yes')
    t.equal(fieldAt(moved, 'metadata', 'annotations', 'folder'), 'Mesh')
  })

  await t.test('draws every panel, of the release that is chosen', async t => {
    const drawn = items(field((await dashboardWith()).dashboard, 'panels'))
    t.equal(new Set(drawn.map(panel => field(panel, 'id'))).size, rows.length + panels.length)
    const shown = drawn.filter(panel => field(panel, 'type') !== 'row')
    t.same(
      shown.map(panel => field(panel, 'title')),
      panels.map(({ title }) => title),
    )
    const source = { type: 'prometheus', uid: '$' + '{datasource}' }
    for (const panel of shown) {
      const targets = items(field(panel, 'targets'))
      t.equal(new Set(targets.map(target => field(target, 'refId'))).size, targets.length)
      for (const target of targets) {
        t.same(field(target, 'datasource'), source)
        t.match(
          expressionOf(target),
          /namespace="\$namespace",job="\$job"|type="admit",name=~"\(upstreams/,
        )
      }
    }
  })

  await t.test('begins with its own release, and is another for another one', async t => {
    const { dashboard } = await dashboardWith()
    t.same(
      items(fieldAt(dashboard, 'templating', 'list')).map(found => [
        field(found, 'name'),
        fieldAt(found, 'current', 'value'),
      ]),
      [
        ['datasource', undefined],
        ['namespace', 'mesh'],
        ['job', 'edge-gloo-istio-metrics'],
      ],
    )
    const { dashboard: other } = await dashboardWith('fullnameOverride=other')
    t.not(textAt(other, 'uid'), textAt(dashboard, 'uid'))
    t.ok(textAt(dashboard, 'uid').length <= 40, 'Grafana takes 40 characters')
  })

  await t.test('has no panel over another, and none beyond the edge', async t => {
    const squares = items(field((await dashboardWith()).dashboard, 'panels')).flatMap(squaresOf)
    t.equal(new Set(squares).size, squares.length)
    t.ok(squares.length > 24 * rows.length)
    t.same(
      squares.filter(square => Number(square.split(' ')[0]) >= 24),
      [],
    )
  })
})
