import { fieldAt, items, textAt } from '../../../src/core/json.ts'
import { containerNames, eventually, sslConfigOf } from '../../harness/live.ts'
import { GLOO_SYSTEM, type Stage, UPSTREAM } from './stage.ts'

type Asked = Pick<Stage, 'api'>

const DEPLOYMENT = `/apis/apps/v1/namespaces/${GLOO_SYSTEM}/deployments/gateway-proxy`
const UPSTREAM_PATH = `/apis/gloo.solo.io/v1/namespaces/${GLOO_SYSTEM}/upstreams/${UPSTREAM}`
const GATEWAYS = 'gateway-proxy-id=gateway-proxy'
const PODS = `/api/v1/namespaces/${GLOO_SYSTEM}/pods`

/** Of the gateway's Deployment, in their order. */
const containersOf = async ({ api }: Asked): Promise<readonly string[]> =>
  containerNames(await api.request({ path: DEPLOYMENT }))

/** Until the gateway has these containers, in this order, and its pods are made so. */
export const untilInjected = async (
  stage: Pick<Stage, 'api' | 'rolledOut'>,
  containers: readonly string[],
  seconds = 20,
): Promise<void> => {
  await eventually(
    'the gateway has its containers',
    async () => String(await containersOf(stage)) === String(containers),
    seconds,
  )
  await stage.rolledOut(GLOO_SYSTEM, 'gateway-proxy')
}

/** What the Upstream of the sample service says. */
export const specNow = async ({ api }: Asked): Promise<unknown> =>
  fieldAt(await api.request({ path: UPSTREAM_PATH }), 'spec')

export const sslConfigNow = async ({ api }: Asked): Promise<unknown> =>
  sslConfigOf(await api.request({ path: UPSTREAM_PATH }))

export interface GatewayPod {
  readonly name: string
  readonly url: string
  readonly containers: readonly string[]
}

/** Those that are not on their way out. */
export const gatewayPods = async ({
  api,
  reach,
}: Pick<Stage, 'api' | 'reach'>): Promise<readonly GatewayPod[]> => {
  const query = { labelSelector: GATEWAYS }
  const pods = items((await api.request({ path: PODS, query }))['items'])
  return pods
    .filter(pod => textAt(pod, 'metadata', 'deletionTimestamp') === '')
    .map(pod => {
      const name = textAt(pod, 'metadata', 'name')
      const ip = textAt(pod, 'status', 'podIP')
      return {
        name,
        url: `${reach.ofPod({ namespace: GLOO_SYSTEM, name, ip, port: 8080 })}/details/1`,
        containers: items(fieldAt(pod, 'spec', 'containers')).map(each => textAt(each, 'name')),
      }
    })
}

/** What each gateway logged of requests that failed: why, and with whom. */
export const failedRequests = async ({ must }: Pick<Stage, 'must'>): Promise<readonly string[]> => {
  const of = ['-n', GLOO_SYSTEM, '-l', GATEWAYS, '-c', 'gateway-proxy']
  const lines = (await must('logs', ...of, '--prefix', '--tail=-1')).split('\n')
  return lines.filter(line => line.includes('" 503 '))
}
