import { locate } from './cache.ts'
import { chromium } from './chromium.ts'
import { envoy } from './envoy.ts'
import { istio } from './istio.ts'
import { helm, helm3, kubectl } from './kubectl.ts'
import { kubernetes } from './kubernetes.ts'
import { type AnyPart, PartsError, type Tool } from './part.ts'
import { promtool } from './promtool.ts'

export const parts = { kubernetes, kubectl, helm, helm3, envoy, istio, promtool, chromium }

export type PartName = keyof typeof parts

export const partNames: readonly PartName[] = [
  'kubernetes',
  'kubectl',
  'helm',
  'helm3',
  'envoy',
  'istio',
  'promtool',
  'chromium',
]

type Binaries<N extends PartName> = ReturnType<(typeof parts)[N]['binaries']>

export type Located = { readonly [N in PartName]: Binaries<N> | undefined }

/** What is on this machine already; it makes nothing and so may be called from a test. */
export const locateParts = (): Located => ({
  kubernetes: locate(kubernetes),
  kubectl: locate(kubectl),
  helm: locate(helm),
  helm3: locate(helm3),
  envoy: locate(envoy),
  istio: locate(istio),
  promtool: locate(promtool),
  chromium: locate(chromium),
})

export const title = (name: PartName): string => `${name} ${parts[name].version}`

/** For code that runs behind a `skipUnless`. */
export const requirePart = <N extends PartName>(name: N): NonNullable<Located[N]> => {
  const binaries = locateParts()[name]
  if (binaries) return binaries
  throw new PartsError(`${title(name)} is not on this machine: ${whyNot(name)}`)
}

export interface Missing {
  readonly part: PartName
  readonly tool: Tool
}

/** The tools that are still needed to make those of the parts that are not here yet. */
export const findMissing = (names: readonly PartName[]): Missing[] =>
  names
    .filter(name => locateParts()[name] === undefined)
    .flatMap(part => missingTools(parts[part]).map(tool => ({ part, tool })))

const missingTools = (part: AnyPart): Tool[] => part.tools.filter(tool => !tool.isPresent())

export const explain = ({ part, tool }: Missing): string =>
  `${title(part)} needs ${tool.name} (${tool.install})`

const whyNot = (name: PartName): string => {
  const [missing] = findMissing([name])
  return missing ? explain(missing) : `${title(name)} is not made yet (npm test makes it)`
}

/** The reason to skip a suite, or `false`: made for tap's option `skip`. */
export const skipUnless = (...names: readonly PartName[]): string | false => {
  const located = locateParts()
  const absent = names.filter(name => located[name] === undefined)
  return absent.length > 0 && absent.map(whyNot).join('; ')
}
