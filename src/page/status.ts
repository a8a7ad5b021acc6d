import type { Phase, Status } from '../core/dashboard.ts'
import { byId, element } from './elements.ts'

const TITLES: Readonly<Record<Phase, string>> = {
  loading: 'Loading',
  live: 'Live',
  lost: 'Connection lost',
}

const STAGES: Readonly<Record<string, string>> = {
  observe: 'The configuration says stage observe: nothing is written.',
  warn: 'The configuration says stage warn: nothing is written.',
}

/** How the page stands with the dashboard, and the dashboard with the cluster. */
export const showStatus = (status: Status): void => {
  const { phase, trouble, unseen, about } = status
  showPhase(phase)
  byId('about', HTMLElement).textContent = `${about.cluster} · ${about.version}`
  const stage = STAGES[about.stage]
  byId('notices', HTMLElement).replaceChildren(
    ...(phase === 'lost'
      ? [
          notice(
            `The API server does not answer, so this is what was known before. Trying again. It said: ${trouble}`,
          ),
        ]
      : []),
    ...(unseen.length === 0 ? [] : [unseenNotice(unseen)]),
    ...(stage === undefined ? [] : [notice(stage)]),
  )
}

export const showLost = (): void => {
  showPhase('lost')
  byId('notices', HTMLElement).replaceChildren(
    notice(
      'gloo-istio dashboard does not answer, so this is what was known before. Trying again. If it was ended, start it anew and open the address that it prints.',
    ),
  )
}

const showPhase = (phase: Phase): void => {
  const place = byId('phase', HTMLElement)
  if (place.dataset['phase'] === phase) return
  place.dataset['phase'] = phase
  place.textContent = TITLES[phase]
}

const notice = (...content: readonly (Node | string)[]): HTMLElement =>
  element('div', { class: 'notice' }, ...content)

const unseenNotice = (unseen: readonly string[]): HTMLElement =>
  notice(
    element('p', {}, 'Your rights do not let everything be seen, so some of this may be wrong:'),
    element('ul', {}, ...unseen.map(line => element('li', {}, line))),
  )
