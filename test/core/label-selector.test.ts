import { t } from 'tap'
import { parseLabelSelector, selects } from '../../src/core/label-selector.ts'

const LABELS = { app: 'gateway', tier: '', 'gloo.example.com/id': 'gateway-proxy' }

// selector | whether it selects LABELS | whether it selects what has no labels
const cases: readonly [string, boolean, boolean][] = [
  ['app=gateway', true, false],
  ['app==gateway', true, false],
  ['app = gateway', true, false],
  ['app=other', false, false],
  ['tier=', true, false],
  ['app!=gateway', false, true],
  ['app!=other', true, true],
  ['other!=a', true, true],
  ['app', true, false],
  ['other', false, false],
  ['!app', false, true],
  ['! other', true, true],
  ['app in (a, gateway)', true, false],
  ['app in (a)', false, false],
  ['app notin (a,gateway)', false, true],
  ['other notin (a)', true, true],
  ['gloo.example.com/id=gateway-proxy', true, false],
  ['app in (a,gateway),tier,!other', true, false],
  ['app=gateway,other', false, false],
  ['constructor', false, false],
]

for (const [text, expected, withoutLabels] of cases)
  t.test(text, async t => {
    const parsed = parseLabelSelector(text)
    if ('trouble' in parsed) throw new Error(parsed.trouble)
    t.equal(selects(parsed.selector, LABELS), expected)
    t.equal(selects(parsed.selector, undefined), withoutLabels)
  })

for (const text of ['', 'a=b,', 'a=b c', 'a in b', 'a>1', '=a', 'a in (b', '!'])
  t.test(`${JSON.stringify(text)} is refused`, async t => {
    t.match(parseLabelSelector(text), { trouble: /is no demand on labels: write app=a/ })
  })
