import { field, fieldAt, items, textAt } from '../../src/core/json.ts'
import { type Outcome, run } from '../parts/command.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { requirePart } from '../parts/parts.ts'
import { chart, oneMesh } from './chart.ts'

/** The two lines of Helm that are in use: they write, wait and merge in different ways. */
export const HELMS = ['helm3', 'helm'] as const
export type HelmName = (typeof HELMS)[number]

export interface Release {
  readonly namespace: string
  readonly fullName: string
  /** Of the MutatingWebhookConfiguration. */
  readonly configuration: string
  /** Runs one Helm on it; with the values that all have in common where it takes any. Fails if Helm does. */
  readonly helm: (helm: HelmName, verb: string, ...args: readonly string[]) => Promise<Outcome>
  /** The same, whatever comes of it. */
  readonly tryHelm: (helm: HelmName, verb: string, ...args: readonly string[]) => Promise<Outcome>
  /** Of each webhook that is registered, undefined when none is. */
  readonly bundles: () => Promise<readonly unknown[]>
  /** Whoever wrote one of them, as the API server keeps it. */
  readonly ownersOfBundles: () => Promise<readonly unknown[]>
  readonly timeouts: () => Promise<readonly unknown[]>
  /** The data of the Secret that replicas share. */
  readonly authority: () => Promise<unknown>
  /** Whatever bears its name, of any kind, anywhere. */
  readonly objects: () => Promise<readonly string[]>
}

const VALUES = [...oneMesh, 'hooks.check.timeout=30s'].map(assignment => `--set=${assignment}`)

/** Helm waits for what a test wants done at once. */
const WAIT = '--timeout=90s'

const argumentsFor = (verb: string, name: string, args: readonly string[]): readonly string[] => {
  if (verb === 'install' || verb === 'upgrade') return [name, chart, WAIT, ...VALUES, ...args]
  if (verb === 'history' || verb === 'status') return [name, ...args]
  return [name, ...args, WAIT]
}

export const releaseOf = (
  { kubeconfig, kubectl }: ControlPlane,
  name: string,
  namespace: string,
): Release => {
  const fullName = `${name}-gloo-istio`
  const configuration = `${fullName}.${namespace}`
  const tryHelm = (helm: HelmName, verb: string, ...args: readonly string[]) =>
    run({
      file: requirePart(helm).helm,
      args: [
        verb,
        ...argumentsFor(verb, name, args),
        `--namespace=${namespace}`,
        `--kubeconfig=${kubeconfig}`,
      ],
    })
  const read = async (...what: readonly string[]): Promise<unknown> => {
    const { stdout } = await kubectl('get', ...what, '--ignore-not-found', '-o', 'json')
    return stdout === '' ? undefined : JSON.parse(stdout)
  }
  const registered = () =>
    read('mutatingwebhookconfiguration', configuration, '--show-managed-fields')
  const webhooks = async () => items(field(await registered(), 'webhooks'))
  return {
    namespace,
    fullName,
    configuration,
    tryHelm,
    helm: async (helm, verb, ...args) => {
      const outcome = await tryHelm(helm, verb, ...args)
      if (outcome.code !== 0) throw new Error(`${helm} ${verb}: ${outcome.stderr}`)
      return outcome
    },
    bundles: async () =>
      (await webhooks()).map(webhook => fieldAt(webhook, 'clientConfig', 'caBundle')),
    ownersOfBundles: async () =>
      items(fieldAt(await registered(), 'metadata', 'managedFields'))
        .filter(entry => JSON.stringify(entry).includes('f:caBundle'))
        .map(entry => field(entry, 'manager')),
    timeouts: async () => (await webhooks()).map(webhook => field(webhook, 'timeoutSeconds')),
    authority: async () =>
      field(await read('secret', `${fullName}-authority`, '-n', namespace), 'data'),
    objects: async () => {
      const kinds = (await kubectl('api-resources', '--verbs=list', '-o', 'name')).stdout
      const all = kinds.split('\n').filter(kind => !kind.startsWith('events'))
      const { stdout } = await kubectl('get', all.join(','), '-A', '-o', 'json')
      return items(field(JSON.parse(stdout), 'items'))
        .map(object => `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}`)
        .filter(line => line.includes(name))
    },
  }
}
