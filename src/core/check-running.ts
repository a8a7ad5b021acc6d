import { podSpecOf } from './additions.ts'
import { type Check, found, listed, passed, skipped, unlessAny } from './check.ts'
import { upgrade } from './check-hooks.ts'
import { logsOf, placeOf } from './check-look.ts'
import { withDeployment } from './check-release.ts'
import { field, fieldAt, items, textAt } from './json.ts'

/** Checks of what its processes are, may do, and are told. */

const imageOf = (pod: unknown): string => textAt(items(field(pod, 'containers'))[0], 'image')

const tagOf = (image: string): string => {
  const [named = ''] = image.split('@')
  return named.slice(named.lastIndexOf('/') + 1).split(':')[1] ?? ''
}

const oneVersion: Check = {
  id: 'release-one-version',
  title: 'all its pods run one image',
  severity: 'warning',
  when: 'after',
  needs: ['releaseDeployments', 'releasePods'],
  run: withDeployment((_, { objects, release }) => {
    const images = [...new Set(objects.releasePods.map(pod => imageOf(field(pod, 'spec'))))].filter(
      Boolean,
    )
    if (images.length === 0) return skipped('it has no pods yet')
    return images.length === 1
      ? passed(`all pods run ${images[0]}`)
      : found(
          `pods run ${images.length} images: ${listed(images)}`,
          `finish the upgrade: kubectl rollout status deployment/${release.name} -n ${release.namespace}`,
        )
  }),
}

const programVersion: Check = {
  id: 'release-program-version',
  title: 'it is of the version of this program',
  severity: 'warning',
  when: 'after',
  needs: ['releaseDeployments'],
  run: withDeployment((deployment, { program }) => {
    const tag = tagOf(imageOf(podSpecOf(deployment)))
    if (tag === '') return skipped('its image has no tag that tells its version')
    return tag === program
      ? passed(`the release and this program are both ${program}`)
      : found(
          `the release is ${tag}, this program ${program}: what is said here is what ${program} would decide`,
          `use gloo-istio ${tag}, or upgrade the release`,
        )
  }),
}

const roles: Check = {
  id: 'release-rights',
  title: 'the process has its rights',
  severity: 'failed',
  when: 'after',
  needs: ['roleBindings'],
  run: evidence => {
    const { objects, release } = evidence
    const name = `${release.name}.${release.namespace}`
    const binding = objects.roleBindings.find(one => textAt(one, 'metadata', 'name') === name)
    return binding === undefined
      ? found(
          `ClusterRoleBinding ${name} is not there: the process cannot see the cluster`,
          `give it back: ${upgrade(evidence)}`,
        )
      : passed(`ClusterRoleBinding ${name} gives the process its rights`)
  },
}

const configuration: Check = {
  id: 'release-configuration',
  title: 'its configuration is valid',
  severity: 'failed',
  when: 'after',
  needs: ['releaseConfigMaps'],
  run: evidence => {
    const { objects, release, violations } = evidence
    const [configMap] = objects.releaseConfigMaps
    if (configMap === undefined)
      return found(
        `ConfigMap ${release.namespace}/${release.name} is not there: no process can start`,
        `give it back: ${upgrade(evidence)}`,
      )
    return unlessAny(
      violations,
      `ConfigMap ${placeOf(configMap)} holds a valid configuration`,
      lines => `ConfigMap ${placeOf(configMap)} is broken: ${lines}`,
      `correct the values and upgrade; what is allowed: gloo-istio config schema`,
    )
  },
}

const stage: Check = {
  id: 'release-stage',
  title: 'its stage is inject',
  severity: 'warning',
  when: 'after',
  needs: ['releaseConfigMaps'],
  run: evidence =>
    evidence.facts.stage === 'inject'
      ? passed('stage inject: what is decided is done')
      : found(
          `stage ${evidence.facts.stage}: it is decided, but nothing is changed`,
          `once gloo-istio get upstreams shows what you want: ${upgrade(evidence, ' --set stage=inject')}`,
        ),
}

const leaseHeld: Check = {
  id: 'release-lease',
  title: 'one process brings existing objects in line',
  severity: 'failed',
  when: 'after',
  needs: ['leases'],
  run: evidence => {
    const { objects } = evidence
    const [lease] = objects.leases
    if (lease === undefined) return skipped('nothing is reconciled: there is no Lease')
    const holder = textAt(lease, 'spec', 'holderIdentity')
    return holder === ''
      ? found(
          `Lease ${placeOf(lease)} is held by nobody: existing objects are not brought in line`,
          `see why no process takes it: ${logsOf(evidence)}`,
        )
      : passed(`Lease ${placeOf(lease)} is held by ${holder}`)
  },
}

const leaseFresh: Check = {
  id: 'release-lease-fresh',
  title: 'that process is alive',
  severity: 'failed',
  when: 'after',
  needs: ['leases'],
  run: evidence => {
    const { objects, release, now, readTime } = evidence
    const [lease] = objects.leases
    if (textAt(lease, 'spec', 'holderIdentity') === '')
      return skipped('the Lease is held by nobody')
    const seconds = Math.round((now - readTime(textAt(lease, 'spec', 'renewTime'))) / 1000)
    const limit = 2 * Number(fieldAt(lease, 'spec', 'leaseDurationSeconds') ?? 15)
    return seconds <= limit
      ? passed(`renewed ${Math.max(0, seconds)} s ago`)
      : found(
          `the Lease was last renewed ${seconds} s ago: its holder hangs, or cannot reach the API server`,
          `${logsOf(evidence)}; kubectl get pods -n ${release.namespace}`,
        )
  },
}

export const RUNNING_CHECKS: readonly Check[] = [
  oneVersion,
  programVersion,
  roles,
  configuration,
  stage,
  leaseHeld,
  leaseFresh,
]
