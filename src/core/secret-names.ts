/** Words in the name of a field, a variable, a flag or a header whose value is nobody else's business. */
const SECRET =
  /passw|passphrase|pass$|pwd|secret|token|credential|authorization|cookie|bearer|jwt|licen[cs]e|headers$|(api|access|private|signing|encryption|shared|client|account|session|auth|master|hmac)[-_.]?key|session[-_.]?id|signature|\bpat\b/i

/** Ends of names that say where a secret is, or of which kind, but not what it is. */
const ABOUT_ONE =
  /(names?|refs?|path|file|dir|type|kind|policy|namespace|mount|volume|volumes|provider|audience|audiences|ttl|seconds|expiration|enabled|selector|version|automount\w*)$/i

/** A flag of our own, which names a Secret. */
const OURS = /^-*authority-secret$/

/** Whether a value of this name is to be kept secret. */
export const isSecretName = (name: string): boolean =>
  SECRET.test(name) && !ABOUT_ONE.test(name) && !OURS.test(name)
