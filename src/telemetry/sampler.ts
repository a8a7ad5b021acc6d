import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'

/** Variables of the environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

type Warn = (message: string) => void

/** The names that the specification of OpenTelemetry gives, with the ratio of OTEL_TRACES_SAMPLER_ARG. */
const SAMPLERS: Readonly<Record<string, (ratio: () => number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: ratio => new TraceIdRatioBasedSampler(ratio()),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: ratio =>
    new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio()) }),
}
const DEFAULT = 'parentbased_always_on'

/** Which reviews are traced, by OTEL_TRACES_SAMPLER; what it does not know is told of, and the default taken. */
export const samplerOf = (env: Environment, warn: Warn): Sampler => {
  const asked = env['OTEL_TRACES_SAMPLER'] || DEFAULT
  const known = Object.hasOwn(SAMPLERS, asked) ? asked : DEFAULT
  if (known !== asked)
    warn(
      `OTEL_TRACES_SAMPLER is ${asked}: use one of ${Object.keys(SAMPLERS).join(', ')}; ${DEFAULT} is taken`,
    )
  const ratio = () => ratioOf(env['OTEL_TRACES_SAMPLER_ARG'], warn)
  return SAMPLERS[known]?.(ratio) ?? new AlwaysOnSampler()
}

const ratioOf = (text: string | undefined, warn: Warn): number => {
  const ratio = Number(text || 1)
  if (ratio >= 0 && ratio <= 1) return ratio
  warn(`OTEL_TRACES_SAMPLER_ARG is ${text}: use a number from 0 to 1; 1 is taken`)
  return 1
}
