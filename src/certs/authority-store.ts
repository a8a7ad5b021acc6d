import type { AuthorityData } from './authority-record.ts'

/** The authority as it is stored, in one of its versions. */
export interface StoredAuthority {
  /** Empty when nothing is stored yet. */
  readonly version: string
  readonly data: AuthorityData
  /** Authorities made before this are to be replaced. Milliseconds since 1970; 0 for none. */
  readonly rotateBefore: number
}

export const NOTHING_STORED: StoredAuthority = { version: '', data: {}, rotateBefore: 0 }

/** Where replicas share their authority. */
export interface AuthorityStore {
  /** The newest version heard of; undefined until it is known whether there is one. */
  readonly stored: () => StoredAuthority | undefined
  /** Stores data over the version given. Answers false when somebody else was faster. Throws what the store says. */
  readonly write: (data: AuthorityData, over: StoredAuthority) => Promise<boolean>
  readonly close: () => void
}

/** The store of a single process, which forgets it at its end. */
export const memoryStore = (): AuthorityStore => {
  let stored = NOTHING_STORED
  let version = 0
  return {
    stored: () => stored,
    write: async (data, over) => {
      if (over.version !== stored.version) return false
      stored = { ...stored, version: String(++version), data }
      return true
    },
    close: () => {},
  }
}
