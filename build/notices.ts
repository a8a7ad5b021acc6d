import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Inputs {
  readonly inputs: Readonly<Record<string, unknown>>
}

/** The folders of the packages that went into a bundle, by esbuild's account of it. */
export const packagesIn = ({ inputs }: Inputs): readonly string[] => {
  const folders = Object.keys(inputs).flatMap(file => {
    // The last one: a package can hold packages of its own.
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
    return folder === undefined ? [] : [folder]
  })
  return [...new Set(folders)].toSorted()
}

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i

const textsIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter(file => LICENCE_FILE.test(file))
    .toSorted()
    .map(file => readFileSync(join(folder, file), 'utf8').trim())

const noticeOf = (folder: string): string => {
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  const { name, version, license } = JSON.parse(text) as Readonly<Record<string, string>>
  const texts = textsIn(folder)
  const none = `The package holds no text of its licence.`
  return [`${name} ${version}: ${license}`, ...(texts.length > 0 ? texts : [none])].join('\n\n')
}

/** Most licences want their text to go with every copy, and a bundle is one. */
export const noticesFor = (root: string, folders: readonly string[]): string =>
  [
    'gloo-istio holds code of the packages below, under the terms that follow each.',
    ...folders.map(folder => noticeOf(join(root, folder))),
  ].join(`\n\n${'-'.repeat(80)}\n\n`)
