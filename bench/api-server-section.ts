import {
  added,
  addedToBoth,
  admissionsIn,
  type Names,
  type Place,
  sum,
} from './api-server-added.ts'
import { type Figures, figureAt, LOADS } from './api-server-rounds.ts'
import { targetsOf } from './api-server-targets.ts'
import type { Chart, Section } from './section.ts'
import { median, told, withSpread } from './statistics.ts'
import { VERBS } from './writes.ts'

const rowsOf = (figures: Figures, names: Names, place: Place): readonly (readonly string[])[] =>
  admissionsIn(figures).map(admission => {
    const { p50, p99, cpuMicros, failed } = figureAt(figures, { ...place, admission })
    const isBase = admission === names.nothing
    return [
      String(place.clients),
      place.verb,
      admission,
      withSpread(p50, 2),
      withSpread(p99, 2),
      isBase ? '' : withSpread(added(figures, names, admission, place), 2),
      cpuMicros.length === 0 ? '' : withSpread(cpuMicros),
      told(sum(failed)),
    ]
  })

const chartOf = (figures: Figures, names: Names): Chart => ({
  unit: 'ms added to the median write',
  categories: LOADS.map(({ clients }) => (clients === 1 ? '1 client' : `${clients} clients`)),
  series: admissionsIn(figures)
    .filter(admission => admission !== names.nothing)
    .map(admission => ({
      name: admission,
      values: LOADS.map(({ clients }) => median(addedToBoth(figures, names, admission, clients))),
    })),
})

const writesTold = LOADS.map(({ clients, writes }) => `${writes} by ${clients}`).join(', ')

/** What the bench found out, and whether it is what is promised. */
export const sectionOf = (figures: Figures, names: Names, skipped: readonly string[]): Section => ({
  name: 'api-server',
  title: 'Through the API server',
  about:
    'Annotated Upstreams are created and then updated as discovery does, over one connection a client ' +
    `(${writesTold}), on kube-apiserver and etcd. One admission is in force at a time, by turns; each makes ` +
    'the same change, and every object stored is looked at. Webhooks have a core to themselves; ' +
    'kube-apiserver, etcd and the clients share the others. The policy fills in constants: it chooses no ' +
    'mesh, knows no time and tells no reason. Added is the difference of medians of one round. ' +
    'A write fails where the API server got no answer from the webhook, and is tried again.',
  columns: [
    'clients',
    'write',
    'admission',
    'p50 ms',
    'p99 ms',
    'added ms',
    'CPU µs a review',
    'failed',
  ],
  rows: LOADS.flatMap(({ clients }) =>
    VERBS.flatMap(verb => rowsOf(figures, names, { clients, verb })),
  ),
  ...(figures.size > 0 && { chart: chartOf(figures, names) }),
  targets: figures.size === 0 ? [] : targetsOf(figures, names),
  skipped,
})
