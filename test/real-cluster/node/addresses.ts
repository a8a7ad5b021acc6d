import { networkInterfaces } from 'node:os'

/** Where a machine within this one is found. */
export interface Addresses {
  /** The network device by which this machine reaches it, and the prefix of all that is named after it. */
  readonly device: string
  /** This machine, as seen from there. */
  readonly host: string
  readonly address: string
  /** Addresses of pods, and of Services; this machine reaches them, too. */
  readonly pods: string
  readonly services: string
  /** The Service of the API server: the first address of its range. */
  readonly apiService: string
}

/** How many may run beside each other. */
const PLACES = 4

/** In 198.18.0.0/15, which networks leave to benchmarks (RFC 2544). */
const addressesAt = (place: number): Addresses => ({
  device: `gloo-istio-${place}`,
  host: `198.18.255.${4 * place + 1}`,
  address: `198.18.255.${4 * place + 2}`,
  pods: `198.18.${place}.0/24`,
  services: `198.19.${place}.0/24`,
  apiService: `198.19.${place}.1`,
})

/** Those that no other machine of this kind has. Throws when there are none. */
export const freeAddresses = (): Addresses => {
  const taken = networkInterfaces()
  const places = Array.from({ length: PLACES }, (_, place) => addressesAt(place))
  const free = places.find(({ device }) => taken[device] === undefined)
  if (free !== undefined) return free
  throw new Error(
    `${PLACES} test clusters run on this machine already (ip link show | grep gloo-istio-); end one of them`,
  )
}
