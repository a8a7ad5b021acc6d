import { fileURLToPath } from 'node:url'
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { type Answer, type Call, type Request, SdsStream } from './sds-stream.ts'

export interface SdsOptions {
  /** `HOST:PORT` or `unix:PATH`. */
  readonly address: string
  readonly answer: Answer
}

export interface SdsServer {
  /** Answers every open stream anew. */
  readonly push: () => Promise<void>
  readonly stop: () => void
}

const SERVICE = 'envoy.service.secret.v3.SecretDiscoveryService'

const definition = loadSync(fileURLToPath(new URL('sds.proto', import.meta.url)), {
  defaults: true,
})
export const sdsService = definition[SERVICE] as ServiceDefinition

/** A secret discovery server, version 3 of the protocol, without encryption of its own. */
export const startSdsServer = async ({ address, answer }: SdsOptions): Promise<SdsServer> => {
  const streams = new Set<SdsStream>()
  const streamSecrets = (call: Call) => {
    const stream = new SdsStream(call, answer)
    streams.add(stream)
    call.on('data', (request: Request) => void stream.receive(request))
    call.on('end', () => call.end())
    for (const end of ['close', 'end', 'cancelled', 'error'])
      call.on(end, () => streams.delete(stream))
  }
  const server = new Server()
  server.addService(sdsService, { streamSecrets })
  await new Promise<void>((resolve, reject) => {
    const bound = (error: Error | null) => (error === null ? resolve() : reject(error))
    server.bindAsync(address, ServerCredentials.createInsecure(), bound)
  })
  return {
    push: async () => void (await Promise.all([...streams].map(stream => stream.send()))),
    stop: () => server.forceShutdown(),
  }
}
