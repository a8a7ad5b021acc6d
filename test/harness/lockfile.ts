/** An entry of package-lock.json, as far as it is looked at here. */
export interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface Lockfile {
  readonly lockfileVersion: number
  /** By folder; the empty one is the project itself. */
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  /** The packages whose install script was looked at, and whether npm is to run it. */
  readonly allowScripts: Readonly<Record<string, boolean>>
}

/** npm leaves the address out where it is told to; where it stands, it is the public registry's. */
const REGISTRY = 'https://registry.npmjs.org/'

export const nameOf = (folder: string): string =>
  folder.slice(folder.lastIndexOf('node_modules/') + 13)

/** What is installed, folder by folder. */
export const installedIn = ({
  packages,
}: Lockfile): readonly (readonly [string, LockedPackage])[] =>
  Object.entries(packages).filter(([folder]) => folder !== '')

const sourceProblems = ([folder, { version, resolved, integrity }]: readonly [
  string,
  LockedPackage,
]): readonly string[] => {
  const problems = []
  if (version === undefined) problems.push(`${folder} has no version`)
  if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))
    problems.push(`${folder} has no SHA-512 integrity: run npm install again`)
  if (resolved !== undefined && !resolved.startsWith(REGISTRY))
    problems.push(`${folder} comes from ${resolved}, not from ${REGISTRY}`)
  return problems
}

const scriptProblems = (lockfile: Lockfile, { allowScripts }: Manifest): readonly string[] => {
  const withScript = installedIn(lockfile).filter(([, found]) => found.hasInstallScript)
  const unknown = withScript
    .map(([folder]) => nameOf(folder))
    .filter(name => !Object.hasOwn(allowScripts, name))
    .map(name => `${name} has an install script: look at it, then name it in allowScripts`)
  const inImage = withScript
    .filter(([folder, { dev }]) => !dev && allowScripts[nameOf(folder)])
    .map(([folder]) => `${nameOf(folder)} runs an install script, and is part of the program`)
  return [...unknown, ...inImage]
}

const pinProblems = (
  lockfile: Lockfile,
  kind: 'dependencies' | 'devDependencies',
  manifest: Manifest,
): readonly string[] => {
  const locked = lockfile.packages['']?.[kind] ?? {}
  const names = new Set([...Object.keys(manifest[kind]), ...Object.keys(locked)])
  return [...names].flatMap(name => {
    const wanted = manifest[kind][name]
    const installed = lockfile.packages[`node_modules/${name}`]?.version
    return wanted === locked[name] && wanted === installed
      ? []
      : [`${kind}: ${name} is ${wanted} in package.json, ${locked[name]} and ${installed} locked`]
  })
}

/** What is wrong with a lockfile, a sentence each. */
export const lockfileProblems = (lockfile: Lockfile, manifest: Manifest): readonly string[] => [
  ...(lockfile.lockfileVersion === 3 ? [] : ['lockfileVersion is not 3']),
  ...installedIn(lockfile).flatMap(sourceProblems),
  ...pinProblems(lockfile, 'dependencies', manifest),
  ...pinProblems(lockfile, 'devDependencies', manifest),
  ...scriptProblems(lockfile, manifest),
]
