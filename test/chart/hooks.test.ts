import { t } from 'tap'
import { field, fieldAt, items, textAt } from '../../src/core/json.ts'
import { buildProgram } from '../../src/program.ts'
import { skipUnless } from '../parts/parts.ts'
import { hookOf, type Render, renderAll } from './chart.ts'

const CHECKED = 'hooks.postInstallCheck.enabled=true'

const hooksIn = async (options: Render) =>
  (await renderAll(options)).filter(object => hookOf(object) !== undefined)

const found = (objects: readonly unknown[], kind: string, name: string): unknown =>
  objects.find(
    object => textAt(object, 'kind') === kind && textAt(object, 'metadata', 'name') === name,
  )

const specOf = (object: unknown): unknown =>
  field(object, 'kind') === 'Job'
    ? fieldAt(object, 'spec', 'template', 'spec')
    : field(object, 'spec')

const argsOf = (object: unknown) =>
  items(field(items(field(specOf(object), 'containers'))[0], 'args')).map(String)

/** `ClusterRole delete x/y edge`, for each right of each role. */
const rightsIn = (objects: readonly unknown[]) =>
  objects.flatMap(object =>
    items(field(object, 'rules')).map(rule => ({
      kind: textAt(object, 'kind'),
      namespace: textAt(object, 'metadata', 'namespace'),
      ...Object(rule),
    })),
  )

await t.test('the hooks', { skip: skipUnless('helm') }, async t => {
  await t.test('remove the webhook configuration before anything else', async t => {
    const hooks = (await hooksIn({})).filter(object => hookOf(object) === 'pre-delete')
    const job = found(hooks, 'Job', 'edge-gloo-istio-uninstall')
    t.same(argsOf(job), [
      'webhook',
      'delete',
      '--webhook-configuration=edge-gloo-istio.mesh',
      '--timeout=60s',
    ])
    t.equal(textAt(specOf(job), 'serviceAccountName'), 'edge-gloo-istio-uninstall')
    t.ok(found(hooks, 'ServiceAccount', 'edge-gloo-istio-uninstall'))
    t.match(found(hooks, 'ClusterRoleBinding', 'edge-gloo-istio-uninstall.mesh'), {
      roleRef: { kind: 'ClusterRole', name: 'edge-gloo-istio-uninstall.mesh' },
      subjects: [{ name: 'edge-gloo-istio-uninstall', namespace: 'mesh' }],
    })
    t.same(rightsIn(hooks), [
      {
        kind: 'ClusterRole',
        namespace: '',
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: ['edge-gloo-istio.mesh'],
        verbs: ['delete'],
      },
    ])
  })

  await t.test('check by helm test that an Upstream comes back changed', async t => {
    const hooks = (await hooksIn({})).filter(object => hookOf(object) === 'test')
    const pod = found(hooks, 'Pod', 'edge-gloo-istio-check-test')
    t.same(argsOf(pod), ['webhook', 'check', '--namespace=default', '--timeout=60s'])
    t.equal(textAt(specOf(pod), 'serviceAccountName'), 'edge-gloo-istio-check')
    t.ok(found(hooks, 'ServiceAccount', 'edge-gloo-istio-check'))
    t.match(found(hooks, 'RoleBinding', 'edge-gloo-istio-check.mesh'), {
      metadata: { namespace: 'default' },
      roleRef: { kind: 'Role', name: 'edge-gloo-istio-check.mesh' },
      subjects: [{ name: 'edge-gloo-istio-check', namespace: 'mesh' }],
    })
    t.same(rightsIn(hooks), [
      {
        kind: 'Role',
        namespace: 'default',
        apiGroups: ['gloo.solo.io'],
        resources: ['upstreams'],
        verbs: ['create'],
      },
    ])
  })

  await t.test('are content with an answer where nothing is to be changed', async t => {
    const hooks = await hooksIn({ values: 'stage-warn' })
    const asked = [
      'webhook',
      'check',
      '--namespace=staging',
      '--timeout=2m',
      '--mesh=istio-system.istio',
      '--answered',
    ]
    t.same(argsOf(found(hooks, 'Pod', 'edge-gloo-istio-check-test')), asked)
    t.same(argsOf(found(hooks, 'Job', 'edge-gloo-istio-check')), asked)
  })

  await t.test('check an installation only when asked to, and then for an answer', async t => {
    const named = (objects: readonly unknown[]) => found(objects, 'Job', 'edge-gloo-istio-check')
    t.equal(named(await hooksIn({})), undefined)
    const hooks = await hooksIn({ set: [CHECKED] })
    t.equal(hookOf(named(hooks)), 'post-install,post-upgrade')
    t.equal(argsOf(named(hooks)).at(-1), '--answered')
    const account = found(hooks, 'ServiceAccount', 'edge-gloo-istio-check')
    t.equal(hookOf(account), 'post-install,post-upgrade,test')
  })

  await t.test('are none where nothing runs in the cluster, or where they are off', async t => {
    t.same(await hooksIn({ values: 'url', set: [CHECKED] }), [])
    const off = await hooksIn({ set: ['hooks.preDelete.enabled=false'] })
    t.same([...new Set(off.map(hookOf))], ['test'])
    const nowhere = await hooksIn({ set: ['namespaceOverride=default'] })
    t.same([...new Set(nowhere.map(hookOf))], ['pre-delete'])
  })

  await t.test('have their identity first, and leave nothing that went well', async t => {
    for (const object of await hooksIn({ set: [CHECKED] })) {
      const name = `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}`
      const runs = ['Pod', 'Job'].includes(textAt(object, 'kind'))
      t.match(
        fieldAt(object, 'metadata', 'annotations'),
        {
          'helm.sh/hook-weight': runs ? '0' : '-5',
          'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
        },
        name,
      )
    }
  })

  await t.test('are known to Argo CD by its own phases', async t => {
    const phases = (await hooksIn({ set: [CHECKED] })).map(object => [
      hookOf(object),
      fieldAt(object, 'metadata', 'annotations', 'argocd.argoproj.io/hook'),
    ])
    t.same(
      new Map(phases.map(([hook, phase]) => [hook, phase])),
      new Map<unknown, unknown>([
        ['pre-delete', 'PreDelete'],
        ['post-install,post-upgrade,test', 'PostSync'],
        ['post-install,post-upgrade', 'PostSync'],
        ['test', undefined],
      ]),
    )
  })

  await t.test('run in pods that the restricted pod security standard admits', async t => {
    const runs = (await hooksIn({ set: [CHECKED] })).filter(object =>
      ['Pod', 'Job'].includes(textAt(object, 'kind')),
    )
    t.equal(runs.length, 3)
    for (const object of runs)
      t.match(specOf(object), {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      })
  })

  await t.test('get their token from Kubernetes where pods cannot ask for it', async t => {
    for (const object of await hooksIn({ set: [CHECKED], version: '1.20' }))
      if (['Pod', 'Job'].includes(textAt(object, 'kind'))) {
        t.match(specOf(object), { automountServiceAccountToken: true })
        t.equal(field(specOf(object), 'volumes'), undefined)
      }
  })

  await t.test('have names that a label can hold', async t => {
    const set = [CHECKED, `fullnameOverride=${'a'.repeat(63)}`]
    for (const object of await hooksIn({ set }))
      if (textAt(object, 'kind') === 'Job')
        t.ok(textAt(object, 'metadata', 'name').length <= 63, textAt(object, 'metadata', 'name'))
  })

  await t.test('call commands that the program has', async t => {
    const webhook = buildProgram().commands.find(command => command.name() === 'webhook')
    const jobs = (await hooksIn({ values: 'stage-warn' })).filter(object =>
      ['Pod', 'Job'].includes(textAt(object, 'kind')),
    )
    t.equal(jobs.length, 3)
    for (const job of jobs) {
      const [group, name, ...flags] = argsOf(job)
      t.equal(group, webhook?.name())
      const command = webhook?.commands.find(sub => sub.name() === name)
      t.same(command?.parseOptions(flags), { operands: [], unknown: [] }, flags.join(' '))
    }
  })
})
