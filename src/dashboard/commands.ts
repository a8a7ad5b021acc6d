import type { Command } from '../core/dashboard.ts'
import type { State } from '../core/graph.ts'
import type { UpstreamReport } from '../core/upstream-report.ts'

/** Flags that the dashboard was started with, so that a command asks the same cluster. */
export interface Target {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly config?: string | undefined
}

/** What to run to go on from an Upstream; what is copied from a page is pasted into a shell. */
export const commandsFor = (
  report: Pick<UpstreamReport, 'namespace' | 'name' | 'destination'>,
  state: State,
  target: Target,
): readonly Command[] => {
  const { namespace, name } = report
  const cluster = flagsOf({ kubeconfig: target.kubeconfig, context: target.context })
  const asked = [...cluster, ...flagsOf({ config: target.config })]
  const gloo = (...words: string[]) => lineOf('gloo-istio', ...words, ...asked)
  const kubectl = (...words: string[]) => lineOf('kubectl', ...words, ...cluster)
  const explain = {
    about: 'How the decision came about',
    line: gloo('explain', 'upstream', `${namespace}/${name}`),
  }
  const show = {
    about: 'The Upstream as it stands',
    line: kubectl('get', 'upstream', '-n', namespace, name, '-o', 'yaml'),
  }
  switch (state) {
    case 'mtls':
      return [
        {
          about: 'Prove it, with the certificates in use',
          line: gloo('verify', 'upstream', `${namespace}/${name}`),
        },
        explain,
        show,
      ]
    case 'plain':
      return [...switchOn(report, kubectl), explain, show]
    case 'waiting':
    case 'refused':
      return [
        explain,
        { about: 'What is wrong with proxies and meshes', line: gloo('check') },
        show,
      ]
    default:
      return state satisfies never
  }
}

const switchOn = (
  { destination }: Pick<UpstreamReport, 'destination'>,
  kubectl: (...words: string[]) => string,
): readonly Command[] => {
  const [, namespace, service, port] = /^([^/,]+)\/([^:,]+):(\d+)$/.exec(destination) ?? []
  if (namespace === undefined || service === undefined) return []
  const value = `gloo-istio.io/mtls=${port}:enabled`
  return [
    {
      about: 'Switch its Service on',
      line: kubectl('annotate', 'service', '-n', namespace, service, value),
    },
    {
      about: 'Switch the whole namespace on',
      line: kubectl('label', 'namespace', namespace, 'gloo-istio.io/mtls=enabled'),
    },
  ]
}

const flagsOf = (flags: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )

const lineOf = (...words: readonly string[]): string => words.map(quoted).join(' ')

const SAFE = /^[\w./:=@%+,-]+$/

/** A word of a POSIX shell. */
const quoted = (word: string): string =>
  SAFE.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
