import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

test('the request that a new revision must answer is the first row of the README, which main-job.test.ts sends', () => {
  const sent = JSON.parse(readFileSync(resolve(ROOT, 'data/requests/churn.json'), 'utf8'))
  const [, shown] = readFileSync(resolve(ROOT, 'README.md'), 'utf8').match(/application\/json' -d '([^']+)'/) ?? []
  expect(sent).toEqual(JSON.parse(shown).slice(0, 1))
})
