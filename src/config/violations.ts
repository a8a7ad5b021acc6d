/** One thing that is wrong with a configuration file. */
export interface Violation {
  /** `meshes[1].namespace`; empty for the file as a whole. */
  readonly path: string
  /** Line in the file, from 1. */
  readonly line: number
  readonly message: string
}

/** `config.yaml:7: meshes[1].name: missing: it is required`, a line for each violation. */
export const violationLines = (file: string, violations: readonly Violation[]): readonly string[] =>
  violations.map(({ path, line, message }) =>
    [`${file === '-' ? '<stdin>' : file}:${line}`, ...(path === '' ? [] : [path]), message].join(
      ': ',
    ),
  )
