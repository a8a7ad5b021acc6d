import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { type CommandCase, commandLine, EMPTY, runCases } from '../harness/command-line.ts'

const golden = (name: string) =>
  fileURLToPath(new URL(`../golden/${name}/input.yaml`, import.meta.url))
const TUTORIAL = golden('upstream-of-the-supergloo-tutorial')
const CONFIG = fileURLToPath(new URL('../golden/config.yaml', import.meta.url))
const NOTHING = golden('deployment-of-something-else')

// arguments | exit code | standard output | standard error
const cases: readonly CommandCase[] = [
  [
    ['graph', '-f', TUTORIAL, '--config', CONFIG],
    0,
    /^<svg [\s\S]*waiting: 1[\s\S]*<\/svg>\n?$/,
    EMPTY,
  ],
  [
    ['graph', '-f', TUTORIAL, '--config', CONFIG, '-o', 'mermaid'],
    0,
    /^flowchart LR\n[\s\S]*"waiting: MtlsEnabled"/,
    EMPTY,
  ],
  [
    ['graph', '-f', TUTORIAL, '-o', 'dot'],
    0,
    /^digraph "gloo-istio" \{\n[\s\S]*refused: UnknownMesh/,
    EMPTY,
  ],
  [
    ['graph', '-f', TUTORIAL, '-o', 'dot', '-n', 'elsewhere'],
    0,
    /^digraph/,
    /^no Upstreams found$/,
  ],
  [['graph', '-f', NOTHING, '-o', 'mermaid'], 0, /^flowchart LR\n?$/, /^no Upstreams found$/],
  [['graph', '-f', TUTORIAL, '-o', 'png'], 2, EMPTY, /Allowed choices are svg, dot, mermaid/],
  [['graph', '-f', '/nowhere'], 2, EMPTY, /^gloo-istio: cannot read \/nowhere: /],
]

t.test('graph draws what a file holds', t => runCases(t, commandLine('/nowhere'), cases))
