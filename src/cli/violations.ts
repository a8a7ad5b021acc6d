export interface Violation {
  readonly path: string
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
