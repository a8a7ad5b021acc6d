import { get } from 'node:https'

const TIMEOUT_MS = 3_000

/** Whether a server on this machine answers 200 here, whatever its certificate. */
export const answersOk = (port: number, path: string): Promise<boolean> =>
  new Promise(resolve => {
    const options = { rejectUnauthorized: false, agent: false, timeout: TIMEOUT_MS }
    const asked = get(`https://127.0.0.1:${port}${path}`, options, answer => {
      resolve(answer.resume().statusCode === 200)
    })
    asked.once('timeout', () => asked.destroy()).once('error', () => resolve(false))
    asked.once('close', () => resolve(false))
  })
