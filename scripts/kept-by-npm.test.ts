import { expect, test } from 'vitest'
import { isKeptByNpm } from './kept-by-npm.ts'

test('an option typed before the bare -- is known from what npm passes on, except where npm has one of that name', () => {
  // As npm 11 does for: npm run drift --fail-on-drift --new=today.csv --json
  const environment = { npm_config_fail_on_drift: 'true', npm_config_new: 'today.csv', npm_config_json: 'true' }
  const names = ['fail-on-drift', 'new', 'out', 'json']
  expect(names.filter(name => isKeptByNpm(name, environment))).toEqual(['fail-on-drift', 'new'])
})
