import {
  type Check,
  type CheckResult,
  counted,
  found,
  listed,
  passed,
  resultWith,
} from './check.ts'
import { textAt } from './json.ts'
import { parseVersion, within } from './version.ts'

/** What the chart takes: kubeVersion of charts/gloo-istio/Chart.yaml. */
export const KUBERNETES = '1.13+'

/** A minute and more makes certificates look expired, or not valid yet. */
const SKEW_MS = 60_000

const reachable: Check = {
  id: 'api-reachable',
  title: 'the API server answers',
  severity: 'failed',
  run: ({ kubernetes }) => passed(`the API server answers: Kubernetes ${kubernetes}`),
}

/** What comes of it when it does not. */
export const unreachable = (why: string): CheckResult =>
  resultWith(
    reachable,
    found(why, 'see that kubectl reaches it: kubectl version; or name another by --context'),
  )

const versionFits: Check = {
  id: 'api-version',
  title: 'its version is one that the chart takes',
  severity: 'failed',
  run: ({ kubernetes }) => {
    const version = parseVersion(kubernetes)
    if (version === undefined)
      return found(
        `${kubernetes || 'what it says'} is no version that is known`,
        'see kubectl version',
        'warning',
      )
    return within(KUBERNETES, version) === false
      ? found(
          `Kubernetes ${kubernetes} is older than the chart takes, ${KUBERNETES}`,
          'upgrade Kubernetes',
        )
      : passed(`Kubernetes ${kubernetes} is one of ${KUBERNETES}`)
  },
}

const clock: Check = {
  id: 'api-clock',
  title: 'its clock and that of this machine agree',
  severity: 'warning',
  run: ({ skew }) => {
    if (skew === undefined) return { status: 'skipped', message: 'it does not tell the time' }
    const seconds = Math.round(Math.abs(skew) / 1000)
    return Math.abs(skew) < SKEW_MS
      ? passed(`its clock and that of this machine differ by ${seconds} s at most`)
      : found(
          `the clock of this machine is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} that of the API server`,
          'set the clock of whichever is wrong, by NTP: certificates are checked by it',
        )
  },
}

const admission: Check = {
  id: 'api-admission',
  title: 'it asks admission webhooks',
  severity: 'failed',
  needs: ['apiGroups'],
  run: ({ objects }) => {
    const served = objects.apiGroups.some(
      group => textAt(group, 'name') === 'admissionregistration.k8s.io',
    )
    return served
      ? passed('admission webhooks can be registered')
      : found(
          'admissionregistration.k8s.io is not served, so that no webhook can be registered',
          'start kube-apiserver with the admission plugin MutatingAdmissionWebhook: kubectl api-versions | grep admission',
        )
  },
}

const rights: Check = {
  id: 'api-rights',
  title: 'you may see all that is looked at',
  severity: 'warning',
  run: ({ unseen }) => {
    const reasons = [...new Set(Object.values(unseen))]
    return reasons.length === 0
      ? passed('you may see all that is looked at')
      : found(
          `${counted(Object.keys(unseen).length, 'thing')} could not be seen, and what depends on them is not checked: ${listed(reasons)}`,
          'run it as somebody with these rights; a cluster administrator has them',
        )
  },
}

export const KUBERNETES_CHECKS: readonly Check[] = [
  reachable,
  versionFits,
  clock,
  admission,
  rights,
]
