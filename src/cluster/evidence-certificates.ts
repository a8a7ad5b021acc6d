import type {
  AuthoritySeen,
  CertificateSeen,
  CertificatesAt,
  Evidence,
} from '../core/check-evidence.ts'
import { citadelPlaces } from '../core/check-supply.ts'
import { field, fieldAt, isRecord, items, textAt, textOf } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { Unseen } from './evidence-seen.ts'

export interface CertificatePorts {
  readonly get: (path: string) => Promise<JsonObject>
  readonly unseen: Unseen
  /** Of each certificate in a text. */
  readonly readCertificates: (pem: string) => readonly CertificateSeen[]
  /** What is wrong with an authority as it is stored; undefined when it can sign. */
  readonly problemOf: (data: Readonly<Record<string, string>>, now: number) => string | undefined
}

type Place = Pick<Evidence, 'release' | 'objects'>

/** The certificates of a cluster, wherever they are; of a Secret nothing else is kept. */
export class CertificateGathering {
  readonly #ports: CertificatePorts

  constructor(ports: CertificatePorts) {
    this.#ports = ports
  }

  bundles({ release: { namespace, name }, objects }: Place): readonly CertificatesAt[] {
    const own = objects.mutatingWebhooks.find(
      one => textAt(one, 'metadata', 'name') === `${name}.${namespace}`,
    )
    return items(field(own, 'webhooks')).map(hook => {
      const text = textOf(fieldAt(hook, 'clientConfig', 'caBundle')) ?? ''
      return this.#at(textAt(hook, 'name'), decode(text))
    })
  }

  roots({ objects }: Place): readonly CertificatesAt[] {
    return objects.rootAuthorities.map(configMap =>
      this.#at(
        `ConfigMap ${textAt(configMap, 'metadata', 'namespace')}/istio-ca-root-cert`,
        textAt(configMap, 'data', 'root-cert.pem'),
      ),
    )
  }

  #at(place: string, pem: string): CertificatesAt {
    return { place, isThere: pem !== '', certificates: this.#ports.readCertificates(pem) }
  }

  async #secret(source: string, namespace: string, name: string) {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`
    const secret = await this.#ports.unseen.ask(source, this.#ports.get(path), undefined)
    return secret && dataOf(secret)
  }

  async authority({
    release,
    objects,
    bundles,
    now,
  }: Evidence): Promise<AuthoritySeen | undefined> {
    const [deployment] = objects.releaseDeployments
    const told = argumentOf(deployment, '--authority-secret=')
    const name = told?.split('/')[1] ?? `${release.name}-authority`
    const isOurs = bundles.some(({ certificates }) =>
      certificates.some(({ subject }) => subject.includes('gloo-istio authority')),
    )
    // Outside of the cluster no Deployment tells.
    if (told === undefined && (deployment !== undefined || !isOurs)) return undefined
    const data = await this.#secret('authority', release.namespace, name)
    const { problemOf, readCertificates } = this.#ports
    const at = (key: string) => readCertificates(data?.[key] ?? '')
    return {
      place: `Secret ${release.namespace}/${name}`,
      isThere: data !== undefined,
      problem: problemOf(data ?? {}, now),
      current: at('tls.crt'),
      next: at('next.crt'),
      former: at('former.crt'),
    }
  }

  async serving({ release, objects }: Place): Promise<CertificatesAt | undefined> {
    const volumes = fieldAt(objects.releaseDeployments[0], 'spec', 'template', 'spec', 'volumes')
    const mounted = items(volumes).find(volume => field(volume, 'name') === 'tls')
    const name = textAt(mounted, 'secret', 'secretName')
    if (name === '') return undefined
    const data = await this.#secret('servingSecret', release.namespace, name)
    const seen = this.#at(`Secret ${release.namespace}/${name}`, data?.['tls.crt'] ?? '')
    return { ...seen, isThere: data !== undefined }
  }

  citadel(base: Evidence): Promise<readonly CertificatesAt[]> {
    return Promise.all(
      citadelPlaces(base).map(async ([namespace, name]) => {
        const data = await this.#secret('citadelSecrets', namespace, name)
        const seen = this.#at(`Secret ${namespace}/${name}`, data?.['cert-chain.pem'] ?? '')
        return { ...seen, isThere: data !== undefined }
      }),
    )
  }
}

const argumentOf = (deployment: JsonObject | undefined, flag: string): string | undefined => {
  const containers = fieldAt(deployment, 'spec', 'template', 'spec', 'containers')
  return items(field(items(containers)[0], 'args'))
    .map(String)
    .find(argument => argument.startsWith(flag))
    ?.slice(flag.length)
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString()

const dataOf = (secret: JsonObject): Readonly<Record<string, string>> => {
  const data = field(secret, 'data')
  return Object.fromEntries(
    Object.entries(isRecord(data) ? data : {}).map(([key, value]) => [key, decode(String(value))]),
  )
}
