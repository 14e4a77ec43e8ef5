import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { churnRow, publishChampion } from '../../../functions/champion.fixture.ts'
import { readContract } from '../files/read-contract.ts'
import { openMemory } from '../storage/memory.ts'
import { readDriftChampion, scoredModel } from './champion-scorer.ts'
import { readSamples } from './read-samples.ts'

const contract = await readContract('churn', { root: '' })
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samples-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function writeRows(name: string, rows: readonly Record<string, unknown>[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
  return path
}

const rows = (count: number, overrides: (i: number) => object) =>
  Array.from({ length: count }, (_, i) => churnRow({ ...overrides(i) }))

test('samples read on threads are those read here', async () => {
  const champion = await readDriftChampion(await publishChampion(openMemory()))
  const a = await writeRows(
    'a.jsonl',
    rows(500, i => ({ tenure_months: i % 60, discount_pct: i / 7 })),
  )
  const b = await writeRows(
    'b.jsonl',
    rows(300, i => ({ tenure_months: i % 40, churned: i % 2, avg_latency_ms: null })),
  )
  const requests = [a, b].map(path => ({ path, contract, model: scoredModel(champion) }))
  const [here, there] = [await readSamples(requests), await readSamples(requests, { threadBytes: 0 })]
  expect(there).toEqual(here)
  expect(here[0].scorable?.rowCount).toBe(500)
  expect(here[1].scorable).toMatchObject({ rowCount: 0, refused: 300 })
})

test('a file that a thread cannot read fails with its own error, problems and all', async () => {
  const good = await writeRows('good.jsonl', [churnRow()])
  const requests = [good, join(folder, 'absent.csv')].map(path => ({ path, contract }))
  await expect(readSamples(requests, { threadBytes: 0 })).rejects.toMatchObject({
    name: 'AppError',
    code: 'INVALID_TABLE',
    message: expect.stringContaining('absent.csv: no such file'),
  })
})

test('progress goes up to the bytes of all files', async () => {
  const paths = [
    await writeRows(
      'p.jsonl',
      rows(9, () => ({})),
    ),
    await writeRows(
      'q.jsonl',
      rows(5, () => ({})),
    ),
  ]
  const seen: [number, number][] = []
  const requests = paths.map(path => ({ path, contract }))
  await readSamples(requests, { onProgress: (read, total) => void seen.push([read, total]) })
  expect(seen.at(-1)?.[0]).toBe(seen.at(-1)?.[1])
})
