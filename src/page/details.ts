import type { Command, Details } from '../core/dashboard.ts'
import type { Way } from '../core/graph.ts'
import type { UpstreamReport } from '../core/upstream-report.ts'
import { byId, element } from './elements.ts'
import { badgeOf } from './row.ts'
import { lifeOf, namespacesOf, servicesOf } from './words.ts'

/** All there is to say of one Upstream, beside the table. */
export class DetailsPanel {
  readonly #panel = byId('details', HTMLElement)
  readonly #close: () => void
  readonly #title = element('h2', { id: 'details-title', tabindex: '-1' })
  readonly #content = element('div', { class: 'content' })
  #shown = ''

  constructor(close: () => void) {
    this.#close = close
    const button = element('button', { type: 'button', class: 'close' }, 'Close')
    button.addEventListener('click', () => this.#close())
    this.#panel.append(element('div', { class: 'head' }, this.#title, button), this.#content)
  }

  get isOpen(): boolean {
    return !this.#panel.hidden
  }

  /** Opens it for this Upstream, and says so until it knows more. */
  open(key: string): void {
    this.#panel.hidden = false
    this.#title.textContent = key
    this.#shown = ''
    this.#content.replaceChildren(element('p', {}, 'Loading …'))
    this.#title.focus()
  }

  say(text: string): void {
    this.#shown = ''
    this.#content.replaceChildren(element('p', {}, text))
  }

  /** Leaves what is there when nothing differs: somebody may be about to copy it. */
  show(way: Way, details: Details): void {
    const text = JSON.stringify([way, details])
    if (text === this.#shown) return
    this.#shown = text
    this.#content.replaceChildren(...sectionsOf(way, details))
  }

  hide(): void {
    this.#panel.hidden = true
  }
}

const sectionsOf = (way: Way, { report, commands }: Details): readonly HTMLElement[] => [
  element('p', { class: 'verdict' }, badgeOf(way), ` ${way.message} `, code(`[${way.reason}]`)),
  factsOf(way),
  ...section('What to run', commands.map(commandOf)),
  ...section('Rules, the first that speaks wins', [rulesOf(report)]),
  ...section('Findings', [findingsOf(report)]),
  ...(report.patch.length === 0 ? [] : section(patchTitle(way), [patchOf(report)])),
]

const section = (title: string, content: readonly HTMLElement[]): readonly HTMLElement[] => [
  element('h3', {}, title),
  ...content,
]

const code = (text: string): HTMLElement => element('code', {}, text)

const factsOf = (way: Way): HTMLElement => {
  const { gateways, mesh, mode, since, by, shown, secrets, notAfter } = way
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['Gateway', gateways],
    ['Namespace', namespacesOf(way)],
    ['Service', servicesOf(way)],
    ['Selected by', [by]],
    ['Mesh', [mesh]],
    ['Mode', [mode]],
    ['Since', [since]],
    ['Gateway shows', shown],
    ['Accepts', acceptedBy(way)],
    [
      'Certificate',
      mesh === '' ? [] : [certificateOf(way), ...secrets.map(name => `Secret ${name}`), notAfter],
    ],
  ]
  const list = element('dl')
  for (const [term, values] of facts) {
    const known = values.filter(value => value !== '')
    if (known.length > 0)
      list.append(element('dt', {}, term), ...known.map(value => element('dd', {}, value)))
  }
  return list
}

const acceptedBy = ({ mesh, state, accepted }: Way): readonly string[] => {
  const isMeant = mesh !== '' && (state === 'mtls' || state === 'waiting')
  return accepted.length > 0 || !isMeant ? accepted : ['any identity of the mesh']
}

const certificateOf = (way: Way): string =>
  way.notAfter === '' ? 'unknown: gloo-istio verify asks the gateway' : lifeOf(way, Date.now())

const rulesOf = ({ rules, by }: UpstreamReport): HTMLElement =>
  element(
    'ol',
    { class: 'rules' },
    ...rules.map(({ rule, saw }) =>
      element(
        'li',
        rule === by ? { class: 'spoke' } : {},
        element('strong', {}, rule),
        rule === by ? ' (this one speaks)' : '',
        `: ${saw}`,
      ),
    ),
  )

const findingsOf = ({ findings }: UpstreamReport): HTMLElement =>
  element(
    'ul',
    {},
    ...findings.map(({ level, message, reason }) =>
      element('li', { 'data-level': level }, `${level}: ${message} `, code(`[${reason}]`)),
    ),
  )

const patchTitle = ({ standing }: Way): string =>
  standing === 'observed' ? 'Would be written with stage inject' : 'To be written'

const patchOf = ({ patch }: UpstreamReport): HTMLElement =>
  element('pre', { tabindex: '0' }, patch.map(line => JSON.stringify(line, null, 1)).join('\n'))

const COPIED_MS = 2000

const commandOf = ({ about, line }: Command): HTMLElement => {
  const button = element('button', { type: 'button', 'aria-label': `Copy: ${line}` }, 'Copy')
  button.addEventListener('click', () => {
    const say = (text: string) => {
      button.textContent = text
      setTimeout(() => {
        button.textContent = 'Copy'
      }, COPIED_MS)
    }
    navigator.clipboard.writeText(line).then(
      () => say('Copied'),
      () => say('Not allowed'),
    )
  })
  return element('div', { class: 'command' }, element('p', {}, about), code(line), button)
}
