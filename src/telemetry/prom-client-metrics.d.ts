// Parts of prom-client that its own types do not tell of.
declare module 'prom-client/lib/metrics/*.js' {
  import type { Registry } from 'prom-client'

  const collect: (registry: Registry) => void
  export = collect
}
