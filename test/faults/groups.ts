import { ATTACK_ANNOTATIONS } from './attack-annotations.ts'
import { ATTACK_INPUT } from './attack-input.ts'
import { ATTACK_LEAKAGE } from './attack-leakage.ts'
import { ATTACK_PRIVILEGE } from './attack-privilege.ts'
import { ATTACK_TRANSPORT } from './attack-transport.ts'
import { CERTIFICATES } from './certificates.ts'
import { CLUSTER } from './cluster.ts'
import { ENDURANCE } from './endurance.ts'
import type { FaultGroup } from './fault.ts'
import { LOAD } from './load.ts'
import { NETWORK } from './network.ts'
import { PEERS } from './peers.ts'
import { PROCESSES } from './processes.ts'

/** In the order of docs/reliability.md. */
export const GROUPS: readonly FaultGroup[] = [
  ENDURANCE,
  CERTIFICATES,
  PROCESSES,
  NETWORK,
  LOAD,
  CLUSTER,
  PEERS,
  ATTACK_INPUT,
  ATTACK_ANNOTATIONS,
  ATTACK_PRIVILEGE,
  ATTACK_TRANSPORT,
  ATTACK_LEAKAGE,
]
