import { expect, test } from 'vitest'
import { compareVersions, isVersion, versionNumber, versionPrefix } from './version-name.ts'

test.each(['20261121.abc1234.1', '20261121.abc1234-dirty.10', '20261121.nogit.123'])('%s is a version', text => {
  expect(isVersion(text)).toBe(true)
})

test.each([
  '',
  '2026.a.1',
  '20261121.a.0',
  '20261121.a.01',
  '20261121.a',
  '20261121.a.b.1',
  '20261121../.1',
  '20261121.a.1\n',
])('%j is no version', text => {
  expect(isVersion(text)).toBe(false)
})

test('versions sort by date, then revision, then N as a number', () => {
  const sorted = ['20251231.f.3', '20260101.a.2', '20260101.a.9', '20260101.a.10', '20260101.ab.1', '20260101.b.1']
  expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted)
})

test('a prefix and a number make a version, and the number comes back', () => {
  expect(versionNumber(`${versionPrefix('20261121', 'abc1234')}12`)).toBe(12)
})
