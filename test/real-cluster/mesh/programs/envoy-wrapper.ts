import { readFileSync } from 'node:fs'

// Gloo's image of the same name: fills the pod's names into the bootstrap that is mounted, and becomes Envoy.

const { POD_NAME = '', POD_NAMESPACE = '' } = process.env
const bootstrap = readFileSync('/etc/envoy/envoy.yaml', 'utf8')
  .replaceAll('{{.PodName}}', POD_NAME)
  .replaceAll('{{.PodNamespace}}', POD_NAMESPACE)
const envoy = '/usr/local/bin/envoy'
const flags = ['--concurrency', '1', '--log-level', 'warning', '--config-yaml', bootstrap]
process.execve?.(envoy, [envoy, ...flags, ...process.argv.slice(2)], process.env)
