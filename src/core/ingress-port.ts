import { field, fieldAt, items, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** A port of a Service. */
export interface ServicePort {
  /** Empty where it has none. */
  readonly name: string
  readonly port: number
  /** Of the pods: a number, or the name of a port of their containers. */
  readonly target: number | string
  /** Undefined when no node listens for it. */
  readonly nodePort: number | undefined
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 ? value : undefined

export const portsOf = (service: JsonObject): readonly ServicePort[] =>
  items(fieldAt(service, 'spec', 'ports')).flatMap(entry => {
    const port = numberOf(field(entry, 'port'))
    if (port === undefined) return []
    const target = field(entry, 'targetPort')
    return [
      {
        name: textAt(entry, 'name'),
        port,
        target: textAt(entry, 'targetPort') || (numberOf(target) ?? port),
        nodePort: numberOf(field(entry, 'nodePort')),
      },
    ]
  })

export const shown = ({ name, port }: ServicePort): string =>
  name ? `${name} (${port})` : `${port}`

export type ChosenPort =
  | { readonly port: ServicePort; readonly notes: readonly string[] }
  | { readonly trouble: string }

/**
 * The port of a Service that is meant, as SuperGloo chose it (gloo@v0.13.13:pkg/cliutil/uri.go): the only one,
 * whatever its name; of several the one of that name. We take its number, too.
 */
export const choosePort = (service: JsonObject, wanted: string): ChosenPort => {
  const name = textAt(service, 'metadata', 'name')
  const ports = portsOf(service)
  const [only, ...others] = ports
  if (only === undefined)
    return { trouble: `Service ${name} has no ports: add one, or name another Service by --name` }
  const found = ports.find(port => port.name === wanted || String(port.port) === wanted)
  if (found) return { port: found, notes: [] }
  const known = ports.map(shown).join(', ')
  if (others.length > 0)
    return {
      trouble: `Service ${name} has no port ${wanted}: choose one by --port; it has ${known}`,
    }
  return { port: only, notes: [`Service ${name} has no port ${wanted}, but only ${known}`] }
}
