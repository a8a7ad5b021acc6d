import type {
  Evidence,
  ObjectSource,
  ReleaseSeen,
  RightSeen,
  Trial,
} from '../core/check-evidence.ts'
import { ESCALATE, RIGHTS_TO_CREATE, RIGHTS_TO_GIVE, type Right } from '../core/check-install.ts'
import { field, fieldAt, isRecord, items, textAt } from '../core/json.ts'
import type { Told } from '../core/live.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import type { ApiClient } from './api.ts'
import { CertificateGathering, type CertificatePorts } from './evidence-certificates.ts'
import {
  CLUSTER_LISTS,
  DEPLOYMENTS,
  endpointList,
  MUTATING,
  OF_WEBHOOK,
  podList,
  releaseLists,
} from './evidence-lists.ts'
import { Unseen } from './evidence-seen.ts'
import { gatherFacts } from './gather.ts'
import { listAll, type Resource } from './list.ts'

/** What a text says of a configuration; without one, what holds where there is none. */
export type ReadConfiguration = (text: string | undefined) => {
  readonly told: Told
  readonly violations: readonly string[]
}

export interface EvidencePorts extends Pick<CertificatePorts, 'readCertificates' | 'problemOf'> {
  readonly api: Pick<ApiClient, 'request'>
  readonly signal: AbortSignal
  /** Namespace of the release; undefined takes the one that is found. */
  readonly namespace: string | undefined
  readonly when: 'before' | 'after'
  readonly program: string
  readonly readConfiguration: ReadConfiguration
  /** Has an Upstream tried out. Throws ApiError. */
  readonly tryOut: (facts: Facts, namespace: string) => Promise<Pick<Trial, 'kind' | 'text'>>
  /** The time by the API server, and how far ours is ahead of it. Milliseconds. */
  readonly clock: () => Pick<Evidence, 'now' | 'skew'>
}

/** Nobody answers, or not to us. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

type Kept = Record<ObjectSource, readonly JsonObject[]>

const NOTHING: Kept = {
  apiGroups: [],
  crds: [],
  allNamespaces: [],
  mutatingWebhooks: [],
  validatingWebhooks: [],
  releaseDeployments: [],
  releasePods: [],
  releaseConfigMaps: [],
  releaseServices: [],
  disruptionBudgets: [],
  leases: [],
  endpointSlices: [],
  roleBindings: [],
  managedCertificates: [],
  rootAuthorities: [],
  nodeAgents: [],
  upstreamStates: [],
  contestedEvents: [],
}

/** Everything that checks look at, asked once. Throws UnreachableError, and what the network says half-way. */
export const gatherEvidence = async (ports: EvidencePorts): Promise<Evidence> =>
  new Gathering(ports).run()

class Gathering {
  readonly #ports: EvidencePorts
  readonly #unseen = new Unseen()
  readonly #objects: Kept = { ...NOTHING }
  readonly #certificates: CertificateGathering

  constructor(ports: EvidencePorts) {
    const { readCertificates, problemOf } = ports
    const get = (path: string) => this.#get(path)
    const unseen = this.#unseen
    this.#ports = ports
    this.#certificates = new CertificateGathering({ get, unseen, readCertificates, problemOf })
  }

  async run(): Promise<Evidence> {
    const kubernetes = await this.#version()
    const releases = await this.#releases()
    const release = releases[0] ?? this.#nowhere()
    await Promise.all([
      this.#lists({ ...CLUSTER_LISTS, ...releaseLists(release) }),
      this.#groups(),
      this.#crds(),
    ])
    await this.#lists(this.#followUps())
    const configured = textAt(this.#objects.releaseConfigMaps[0], 'data', 'config.yaml')
    const { told, violations } = this.#ports.readConfiguration(configured || undefined)
    const facts = await this.#facts(told)
    const base: Evidence = {
      ...this.#ports.clock(),
      program: this.#ports.program,
      kubernetes,
      facts,
      violations,
      release,
      releases,
      unseen: this.#unseen.reasons(),
      objects: this.#objects,
      bundles: this.#certificates.bundles({ release, objects: this.#objects }),
      authority: undefined,
      serving: undefined,
      citadelSecrets: [],
      rootAuthorities: this.#certificates.roots({ release, objects: this.#objects }),
      rights: [],
      trial: undefined,
      readTime: text => Date.parse(text),
    }
    return this.#completed(base)
  }

  /** What has to be asked by what is known so far. */
  async #completed(base: Evidence): Promise<Evidence> {
    const { when } = this.#ports
    const [authority, serving, citadelSecrets, rights, trial] = await Promise.all([
      this.#certificates.authority(base),
      this.#certificates.serving(base),
      this.#certificates.citadel(base),
      when === 'before' ? this.#rights() : [],
      when === 'after' ? this.#trial(base) : undefined,
    ])
    const unseen = this.#unseen.reasons()
    return { ...base, authority, serving, citadelSecrets, rights, trial, unseen }
  }

  #get(path: string): Promise<JsonObject> {
    const { api, signal } = this.#ports
    return api.request({ path, signal })
  }

  async #version(): Promise<string> {
    try {
      return textAt(await this.#get('/version'), 'gitVersion')
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      throw new UnreachableError(`the API server of the kubeconfig cannot be asked: ${said}`, {
        cause,
      })
    }
  }

  /** Those that are registered, or have a Deployment. */
  async #releases(): Promise<readonly ReleaseSeen[]> {
    const { namespace } = this.#ports
    const [registered, deployed] = await Promise.all([
      this.#list('mutatingWebhooks', { ...MUTATING, labelSelector: OF_WEBHOOK }),
      this.#list('releaseDeployments', DEPLOYMENTS),
    ])
    const found = [
      ...registered.map(one => releaseIn(textAt(one, 'metadata', 'name'))),
      ...deployed.map(one => ({
        namespace: textAt(one, 'metadata', 'namespace'),
        name: textAt(one, 'metadata', 'name'),
      })),
    ]
    const distinct = new Map(found.map(one => [`${one.name}.${one.namespace}`, one]))
    return [...distinct.values()].filter(
      one => namespace === undefined || one.namespace === namespace,
    )
  }

  #nowhere(): ReleaseSeen {
    return { namespace: this.#ports.namespace ?? 'gloo-istio', name: 'gloo-istio' }
  }

  async #list(source: string, listed: Omit<Resource, 'kind' | 'trim'> & Partial<Resource>) {
    const { api, signal } = this.#ports
    const resource: Resource = { kind: source, trim: withoutManagers, ...listed }
    const asked = listAll({ api, signal, resource, onPage: () => {} })
    return (await this.#unseen.ask(source, asked, undefined))?.objects ?? []
  }

  async #lists(wanted: ReturnType<typeof releaseLists>): Promise<void> {
    await Promise.all(
      Object.entries(wanted).map(async ([source, listed]) => {
        this.#objects[source as ObjectSource] = await this.#list(source, listed)
      }),
    )
  }

  #followUps(): ReturnType<typeof releaseLists> {
    const { releaseDeployments, mutatingWebhooks, validatingWebhooks } = this.#objects
    const [deployment] = releaseDeployments
    const endpoints = endpointList([...mutatingWebhooks, ...validatingWebhooks])
    return {
      ...(deployment && { releasePods: podList(deployment) }),
      ...(endpoints && { endpointSlices: endpoints }),
    }
  }

  async #groups(): Promise<void> {
    const answer = await this.#unseen.ask('apiGroups', this.#get('/apis'), {})
    this.#objects.apiGroups = items(field(answer, 'groups')).filter(isRecord)
  }

  async #crds(): Promise<void> {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/upstreams.gloo.solo.io'
    const crd = await this.#unseen.ask('crds', this.#get(path), undefined)
    this.#objects.crds = crd === undefined ? [] : [crd]
  }

  #facts(told: Told): Promise<Facts> {
    const { api, signal } = this.#ports
    const onForbidden = (kind: string, error: Error) => this.#unseen.note(kind, error)
    return gatherFacts({ api, signal, told, hasBootstraps: true, onForbidden })
  }

  #rights(): Promise<readonly RightSeen[]> {
    const asked = [...RIGHTS_TO_CREATE, ...RIGHTS_TO_GIVE, ESCALATE]
    return Promise.all(asked.map(right => this.#right(right)))
  }

  async #right(right: Right): Promise<RightSeen> {
    const { api, signal } = this.#ports
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const body = { spec: { resourceAttributes: right } }
    const asked = api.request({ method: 'POST', path, body, signal })
    const answer = await this.#unseen.ask('rights', asked, {})
    return { ...right, isAllowed: fieldAt(answer, 'status', 'allowed') === true }
  }

  async #trial({ facts, objects }: Evidence): Promise<Trial | undefined> {
    if (objects.crds.length === 0 && this.#unseen.reasons()['crds'] === undefined) return undefined
    const [namespace = 'default'] = facts.snapshot?.upstreams.keys() ?? []
    const asked = this.#ports.tryOut(facts, namespace)
    const told = await this.#unseen.ask('trial', asked, undefined)
    return told && { ...told, namespace }
  }
}

const withoutManagers = ({ metadata, ...rest }: JsonObject): JsonObject => {
  const { managedFields: _, ...kept } = isRecord(metadata) ? metadata : {}
  return { ...rest, metadata: kept }
}

/** `<full name>.<namespace>`, neither of which holds a dot. */
const releaseIn = (name: string): ReleaseSeen => {
  const [fullName = '', namespace = ''] = name.split('.')
  return { name: fullName, namespace }
}
