import type { IncomingMessage } from 'node:http'

/** `299 - "text"`, as RFC 7234 has it; a proxy may put several into one header. */
const WARNING = /\d{3} \S+ "((?:[^"\\]|\\.)*)"/g

/** What kubectl prints after "Warning: ". The API server sends it from Kubernetes 1.19 on. */
export const warningsIn = ({
  headersDistinct,
}: Pick<IncomingMessage, 'headersDistinct'>): readonly string[] =>
  (headersDistinct['warning'] ?? []).flatMap(header =>
    [...header.matchAll(WARNING)].map(([, quoted = '']) =>
      decode(quoted.replaceAll(/\\(.)/g, '$1')),
    ),
  )

// Node takes the bytes of a header for Latin-1; the API server writes UTF-8.
const decode = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')
