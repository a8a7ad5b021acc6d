/** Series by their name and labels, in promtool's notation, a sample each half minute. */
export type Series = Readonly<Record<string, string>>

/** What a state of the release, other than a healthy one, makes of one alert. */
export interface AlertCase {
  readonly alert: string
  /** What is different from a healthy release. */
  readonly when: string
  readonly series: Series
  readonly fires: boolean
  /** Other alerts that fire, too. */
  readonly beside?: readonly string[]
}

/** When the alerts are looked at: sample 120, an hour after the first. */
export const LOOK = '60m'

const OURS = 'namespace="mesh",job="edge-gloo-istio-metrics"'
const OTHERS = 'namespace="other",job="other-gloo-istio-metrics"'
const API_SERVER = 'namespace="default",job="apiserver",instance="10.0.0.1:6443"'

const metric = (name: string, labels = '') =>
  `gloo_istio_${name}{${OURS}${labels === '' ? '' : ','}${labels}}`
const expiry = (role: string, pod: string) =>
  metric('certificate_expiry_timestamp_seconds', `role="${role}",pod="${pod}"`)
const reviews = (outcome: string) => metric('reviews_total', `outcome="${outcome}"`)
const bucket = (le: string) =>
  metric('review_duration_seconds_bucket', `outcome="mutated",le="${le}"`)
const delay = (quantile: string) =>
  metric('event_loop_delay_seconds', `pod="a",quantile="${quantile}"`)
const rotations = (result: string) =>
  metric('certificate_rotations_total', `role="serving",result="${result}"`)
const written = (outcome: string) =>
  metric('reconcile_writes_total', `kind="upstreams",outcome="${outcome}"`)
const upstreams = (reason: string) => metric('upstreams', `pod="a",reason="${reason}"`)
const ready = (pod: string) => metric('ready', `pod="${pod}"`)
const leads = (pod: string) => metric('leader', `pod="${pod}"`)
const stale = metric('watch_staleness_seconds', 'pod="a",watch="services"')
const inSync = (pod: string) => metric('ca_bundle_in_sync', `pod="${pod}"`)
const shed = metric('shed_total', 'pod="a",reason="requests"')
const asked = (name: string, labels: string) =>
  `apiserver_admission_webhook_${name}{${API_SERVER},type="admit",${labels}}`
const refused = (name: string) =>
  asked('rejection_count', `name="${name}",operation="CREATE",error_type="calling_webhook_error"`)
const open = (name: string) => asked('fail_open_count', `name="${name}"`)
const waited = (le: string, name = 'upstreams.gloo-istio.io') =>
  asked('admission_duration_seconds_bucket', `name="${name}",le="${le}"`)

/** Two processes, of which one leads; a release in another namespace with every fault; and a webhook of somebody else that fails. */
export const HEALTHY: Series = {
  [`up{${OURS},pod="a",instance="10.0.0.2:9090"}`]: '1x200',
  [`up{${API_SERVER}}`]: '1x200',
  [ready('a')]: '1x200',
  [ready('b')]: '1x200',
  [expiry('serving', 'a')]: '604800x200',
  [expiry('serving', 'b')]: '604800x200',
  [expiry('authority', 'a')]: '31536000x200',
  [rotations('succeeded')]: '0x100 1x100',
  [rotations('failed')]: '0x200',
  [inSync('a')]: '1x200',
  [inSync('b')]: '1x200',
  [reviews('mutated')]: '0+100x200',
  [reviews('invalid')]: '0+10x200',
  [bucket('0.001')]: '0+100x200',
  [bucket('0.1')]: '0+100x200',
  [bucket('0.25')]: '0+100x200',
  [bucket('+Inf')]: '0+100x200',
  [leads('a')]: '1x200',
  [leads('b')]: '0x200',
  [stale]: '20x200',
  [delay('0.99')]: '0.001x200',
  [delay('1')]: '2x200',
  [written('written')]: '0+1x200',
  [upstreams('MtlsEnabled')]: '9x200',
  [waited('0.025')]: '0+100x200',
  [waited('0.5')]: '0+100x200',
  [waited('1')]: '0+100x200',
  [waited('+Inf')]: '0+100x200',
  [refused('webhook.example.com')]: '0+1x200',
  [open('webhook.example.com')]: '0+1x200',
  [waited('0.5', 'webhook.example.com')]: '0x200',
  [waited('1', 'webhook.example.com')]: '0+1x200',
  [waited('+Inf', 'webhook.example.com')]: '0+1x200',
  [`gloo_istio_ready{${OTHERS},pod="a"}`]: '0x200',
  [`gloo_istio_ready{${OTHERS},pod="b"}`]: '1x200',
  [`gloo_istio_certificate_expiry_timestamp_seconds{${OTHERS},role="serving",pod="a"}`]: '9x200',
  [`gloo_istio_certificate_expiry_timestamp_seconds{${OTHERS},role="authority",pod="a"}`]: '9x200',
  [`gloo_istio_certificate_rotations_total{${OTHERS},role="serving",result="failed"}`]: '0+1x200',
  [`gloo_istio_ca_bundle_in_sync{${OTHERS},pod="a"}`]: '0x200',
  [`gloo_istio_reviews_total{${OTHERS},outcome="failed"}`]: '0+9x200',
  [`gloo_istio_review_duration_seconds_bucket{${OTHERS},le="0.1"}`]: '0+1x200',
  [`gloo_istio_review_duration_seconds_bucket{${OTHERS},le="0.5"}`]: '0+1x200',
  [`gloo_istio_review_duration_seconds_bucket{${OTHERS},le="+Inf"}`]: '0+9x200',
  [`gloo_istio_shed_total{${OTHERS},reason="requests"}`]: '0+9x200',
  [`gloo_istio_leader{${OTHERS},pod="a"}`]: '0x200',
  [`gloo_istio_watch_staleness_seconds{${OTHERS},pod="a",watch="services"}`]: '999x200',
  [`gloo_istio_event_loop_delay_seconds{${OTHERS},pod="a",quantile="0.99"}`]: '9x200',
  [`gloo_istio_reconcile_writes_total{${OTHERS},kind="upstreams",outcome="refused"}`]: '0+9x200',
  [`gloo_istio_upstreams{${OTHERS},reason="WaitingForProxy"}`]: '9x200',
}

const fires = (alert: string, when: string, series: Series, ...beside: string[]): AlertCase => ({
  alert,
  when,
  series,
  fires: true,
  beside,
})

/** Just so that it does not. */
const isQuiet = (alert: string, when: string, series: Series, ...beside: string[]): AlertCase => ({
  alert,
  when,
  series,
  fires: false,
  beside,
})

export const CASES: readonly AlertCase[] = [
  fires(
    'GlooIstioDown',
    'no process is ready',
    { [ready('a')]: '0x200', [ready('b')]: '0x200' },
    'GlooIstioTooFewReplicas',
  ),
  fires('GlooIstioDown', 'no process is seen', { [ready('a')]: '_x200', [ready('b')]: '_x200' }),
  isQuiet(
    'GlooIstioDown',
    'no process was ready for a minute',
    { [ready('a')]: '1x118 0x80', [ready('b')]: '0x200' },
    'GlooIstioTooFewReplicas',
  ),
  fires('GlooIstioTooFewReplicas', 'one of two is ready', { [ready('b')]: '0x200' }),
  fires('GlooIstioTooFewReplicas', 'one of two is gone', { [ready('b')]: '1x60 stale' }),
  isQuiet('GlooIstioTooFewReplicas', 'one of two was replaced in 4 minutes', {
    [ready('b')]: '1x112 0x80',
  }),
  fires('GlooIstioServingCertificateExpires', 'a fifth of its life is not left', {
    [expiry('serving', 'b')]: '124000x200',
  }),
  isQuiet('GlooIstioServingCertificateExpires', 'a bit more than a fifth is left', {
    [expiry('serving', 'b')]: '125000x200',
  }),
  fires('GlooIstioAuthorityExpires', 'a fifth of its life is not left', {
    [expiry('authority', 'a')]: '6310000x200',
  }),
  isQuiet('GlooIstioAuthorityExpires', 'a bit more than a fifth is left', {
    [expiry('authority', 'a')]: '6311000x200',
  }),
  fires('GlooIstioRotationFails', 'it has failed every 5 minutes since half an hour', {
    [rotations('failed')]: '0x30 1x9 2x9 3x9 4x9 5x9 6x9 7x9 8x9 9x9 10x9',
  }),
  isQuiet('GlooIstioRotationFails', 'it failed once', { [rotations('failed')]: '0x100 1x99' }),
  fires('GlooIstioCaBundleOutOfSync', 'one process has seen another for 2 minutes', {
    [inSync('b')]: '1x115 0x80',
  }),
  isQuiet('GlooIstioCaBundleOutOfSync', 'it was mended at once', { [inSync('b')]: '1x119 0x80' }),
  fires('GlooIstioReviewsFail', 'one of 900 does', { [reviews('failed')]: '0+0.12x200' }),
  isQuiet('GlooIstioReviewsFail', 'one of 1100 does', { [reviews('failed')]: '0+0.1x200' }),
  isQuiet('GlooIstioReviewsFail', 'some did in the last minute', {
    [reviews('failed')]: '0x118 5x80',
  }),
  fires('GlooIstioReviewsSlow', '2 of 100 take longer than 100 ms', {
    [bucket('0.1')]: '0+98x200',
    [bucket('0.001')]: '0+98x200',
  }),
  isQuiet('GlooIstioReviewsSlow', '5 of 1000 do', {
    [bucket('0.1')]: '0+99.5x200',
    [bucket('0.001')]: '0+98x200',
  }),
  isQuiet('GlooIstioReviewsSlow', 'there is none', {
    [bucket('0.001')]: '5x200',
    [bucket('0.1')]: '5x200',
    [bucket('0.25')]: '5x200',
    [bucket('+Inf')]: '5x200',
  }),
  isQuiet('GlooIstioReviewsSlow', 'half of them have been since 2 minutes', {
    [bucket('0.001')]: '0+100x115 11550+50x80',
    [bucket('0.1')]: '0+100x115 11550+50x80',
  }),
  fires('GlooIstioReviewsShed', 'the first one was', { [shed]: '_x115 1x80' }),
  fires('GlooIstioReviewsShed', 'one more was', { [shed]: '4x115 5x80' }),
  isQuiet('GlooIstioReviewsShed', 'some were, long ago', { [shed]: '_x20 4x180' }),
  fires('GlooIstioNoLeader', 'nobody has led for 3 minutes', { [leads('a')]: '1x113 0x80' }),
  isQuiet('GlooIstioNoLeader', 'the Lease changes hands', { [leads('a')]: '1x118 0x80' }),
  fires('GlooIstioWatchStale', 'nothing was heard for more than 5 minutes', { [stale]: '400x200' }),
  isQuiet('GlooIstioWatchStale', 'nothing was heard for 4 minutes', { [stale]: '240x200' }),
  isQuiet('GlooIstioWatchStale', 'that is just so', { [stale]: '240x119 400x80' }),
  fires('GlooIstioEventLoopBlocked', 'it is late time and again', { [delay('0.99')]: '0.2x200' }),
  isQuiet('GlooIstioEventLoopBlocked', 'it was late for a while', {
    [delay('0.99')]: '0.001x112 0.2x80',
  }),
  isQuiet('GlooIstioEventLoopBlocked', 'it is late by 90 ms', { [delay('0.99')]: '0.09x200' }),
  fires('GlooIstioWritesContested', 'somebody undoes them', { [written('contested')]: '0+1x200' }),
  fires('GlooIstioWritesContested', 'the API server refuses them', {
    [written('refused')]: '0+1x200',
  }),
  isQuiet('GlooIstioWritesContested', 'somebody was faster', { [written('conflict')]: '0+1x200' }),
  isQuiet('GlooIstioWritesContested', 'somebody undid one 2 minutes ago', {
    [written('contested')]: '0x116 1x80',
  }),
  fires('GlooIstioUpstreamsWaitForProxy', 'some have for long', {
    [upstreams('WaitingForProxy')]: '3x200',
  }),
  isQuiet('GlooIstioUpstreamsWaitForProxy', 'the proxy rolls out', {
    [upstreams('WaitingForProxy')]: '0x80 3x119',
  }),
  fires('GlooIstioApiServerRefusesWrites', 'it did for the first time', {
    [refused('workloads.gloo-istio.io')]: '_x115 1x80',
  }),
  fires('GlooIstioApiServerRefusesWrites', 'it did once more', {
    [refused('workloads.gloo-istio.io')]: '1x115 2x80',
  }),
  isQuiet('GlooIstioApiServerRefusesWrites', 'it did long ago', {
    [refused('workloads.gloo-istio.io')]: '_x20 1x180',
  }),
  fires('GlooIstioApiServerFailsOpen', 'it did for the first time', {
    [open('bootstraps.gloo-istio.io')]: '_x115 1x80',
  }),
  isQuiet('GlooIstioApiServerFailsOpen', 'it did before Prometheus looked', {
    [`up{${API_SERVER}}`]: '_x117 1x80',
    [open('bootstraps.gloo-istio.io')]: '_x117 7x80',
  }),
  fires('GlooIstioApiServerWaits', '2 of 100 calls take longer than half a second', {
    [waited('0.5')]: '0+98x200',
    [waited('0.025')]: '0+98x200',
  }),
  isQuiet('GlooIstioApiServerWaits', '5 of 1000 do', {
    [waited('0.5')]: '0+99.5x200',
    [waited('0.025')]: '0+98x200',
  }),
  isQuiet('GlooIstioApiServerWaits', 'half of them have since 2 minutes', {
    [waited('0.5')]: '0+100x115 11550+50x80',
    [waited('0.025')]: '0+100x115 11550+50x80',
  }),
]
