import { readJson } from './json-manifests.ts'
import type { Manifests } from './manifests.ts'
import { readYaml } from './yaml-manifests.ts'

/** Manifests in YAML or JSON, whichever it is. Throws ManifestError when it is neither. */
export const readManifests = (text: string): Manifests =>
  text.trimStart().startsWith('{') ? readJson(text) : readYaml(text)
