import { t } from 'tap'
import { title } from '../parts/parts.ts'
import { beginLife, live, skipLife } from './life.ts'

await t.test(`a release of ${title('helm3')}`, { skip: skipLife('helm3') }, async t => {
  await live(t, await beginLife(t), 'helm3')
})
