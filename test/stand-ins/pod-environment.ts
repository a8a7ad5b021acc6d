import type { V1Container, V1EnvVar } from '@kubernetes/client-node'

/** What a pod may be told about itself. */
export interface PodFacts {
  readonly name: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const ADDRESS = '127.0.0.1'

const KEYED = /^metadata\.(labels|annotations)\['(.+)'\]$/

/** The value of a `fieldRef`. */
export const fieldOf = (pod: PodFacts, fieldPath: string): string => {
  const [, where, key = ''] = KEYED.exec(fieldPath) ?? []
  if (where === 'labels' || where === 'annotations') return pod[where][key] ?? ''
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'spec.serviceAccountName': pod.serviceAccount,
    'spec.nodeName': 'node',
    'status.podIP': ADDRESS,
    'status.hostIP': ADDRESS,
  }
  const value = fields[fieldPath]
  if (value === undefined) throw new Error(`the kubelet (stand-in) has no ${fieldPath}`)
  return value
}

/** `$(NAME)` of what is known so far; of anything else it stays as it is. */
const expand = (text: string, env: Readonly<Record<string, string>>) =>
  text.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole)

const resolved = ({ value = '', valueFrom }: V1EnvVar, pod: PodFacts) =>
  valueFrom?.fieldRef === undefined ? value : fieldOf(pod, valueFrom.fieldRef.fieldPath)

export const environmentOf = ({ env = [] }: V1Container, pod: PodFacts) => {
  const known: Record<string, string> = {}
  for (const variable of env) known[variable.name] = expand(resolved(variable, pod), known)
  return known
}

export const argumentsOf = (
  { args = [] }: V1Container,
  env: Readonly<Record<string, string>>,
): readonly string[] => args.map(argument => expand(argument, env))
