import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDirections } from '../../core/train/directions.ts'
import { resolveRun } from './resolve-run.ts'

const CONTRACT = `
name: prices
data: data/prices.csv
target: { column: sold, positive: 1 }
features:
  price: { type: number, monotone: decreasing }
  size:  { type: number }
`

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'resolve-run-'))
  await mkdir(join(root, 'data/contracts'), { recursive: true })
  await writeFile(join(root, 'data/contracts/prices.yaml'), CONTRACT)
  await writeFile(join(root, 'data/prices.csv'), 'price,size,sold\n1,2,1\n')
})
afterAll(() => rm(root, { recursive: true }))

const resolve = (family?: string) =>
  resolveRun({ root, defaultContract: 'prices', ...(family === undefined ? {} : { family }) })

test('with --family all those that cannot keep a direction are left out with a remark, without a run they are not tried', async () => {
  const all = await resolve('all')
  expect(Object.keys(all.run.families)).toEqual(['gbt'])
  expect(all.remarks).toEqual(['logistic, mlp left out: they cannot keep price decreasing'])
  const own = await resolve()
  expect(Object.keys(own.run.families)).toEqual(['gbt'])
  expect(own.remarks).toEqual([])
})

test('a family that is named and cannot keep a direction is refused, with those that can', async () => {
  const { run, contract } = await resolve('logistic')
  expect(() => checkDirections(run, contract)).toThrow(
    'families has logistic, which cannot keep price decreasing; allowed: gbt, or a contract without monotone',
  )
  expect(() => checkDirections({ ...run, families: { gbt: {} } }, contract)).not.toThrow()
})
