/** Something of the user's machine that a part cannot be made without. */
export interface Tool {
  readonly name: string
  readonly install: string
  readonly isPresent: () => boolean
}

/** A real program of the cluster: its binaries are made once and kept in the user's cache. */
export interface Part<Binaries extends Readonly<Record<string, string>>> {
  readonly name: string
  readonly version: string
  readonly about: string
  readonly tools: readonly Tool[]
  /** Names every binary once; `at` says where a file of that name is. */
  readonly binaries: (at: (file: string) => string) => Binaries
  readonly make: (folder: string, progress: (text: string) => void) => Promise<void>
}

export type AnyPart = Part<Readonly<Record<string, string>>>

export class PartsError extends Error {
  readonly code = 'PARTS'
}
