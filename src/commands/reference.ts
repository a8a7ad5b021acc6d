import { InvalidArgumentError } from 'commander'

/** Namespace and name. */
export type Reference = readonly [string, string]

/** Reads `<namespace>/<name>`, of an argument or a flag. Throws InvalidArgumentError. */
export const parseReference = (text: string): Reference => {
  const [namespace = '', name = '', ...more] = text.split('/')
  if (namespace === '' || name === '' || more.length > 0)
    throw new InvalidArgumentError('expected <namespace>/<name>')
  return [namespace, name]
}
