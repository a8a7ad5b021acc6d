import { parse } from 'yaml'

/** The value of a YAML text that others wrote. Throws for what is no YAML, and for aliases that explode. */
export const readYaml = (text: string): unknown => parse(text, { logLevel: 'error' })
