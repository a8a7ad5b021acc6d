import { pathToFileURL } from 'node:url'
import { t } from 'tap'
import { readPageFiles } from '../../src/dashboard/page-files.ts'

t.test('documents, styles, pictures and scripts are served as what they are', async t => {
  const folder = t.testdir({
    'index.html': '<p>',
    'page.css': 'p {}',
    'icon.svg': '<svg/>',
    'main.js': 'let a',
    'tsconfig.json': '{}',
    notes: '',
  })
  const files = readPageFiles(pathToFileURL(`${folder}/`))
  t.strictSame(Object.fromEntries(files), {
    'index.html': { type: 'text/html; charset=utf-8', body: '<p>' },
    'page.css': { type: 'text/css; charset=utf-8', body: 'p {}' },
    'icon.svg': { type: 'image/svg+xml', body: '<svg/>' },
    'main.js': { type: 'text/javascript; charset=utf-8', body: 'let a' },
  })
})

t.test('modules are served without their types, by both of their names', async t => {
  const folder = t.testdir({ 'main.ts': "import type { A } from './a.ts'\nlet a: A\n" })
  const files = readPageFiles(pathToFileURL(`${folder}/`))
  t.strictSame([...files.keys()].toSorted(), ['main.js', 'main.ts'])
  t.equal(files.get('main.js')?.type, 'text/javascript; charset=utf-8')
  t.notMatch(files.get('main.js')?.body, /import|: A/)
  t.equal(files.get('main.js'), files.get('main.ts'))
})
