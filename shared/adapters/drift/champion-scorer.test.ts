import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { churnRow, expectedProbability, publishChampion } from '../../../functions/champion.fixture.ts'
import { readContract } from '../files/read-contract.ts'
import { openModelStore } from '../registry/model-store.ts'
import { openMemory } from '../storage/memory.ts'
import { readDriftChampion, readReferenceProfile, scoredModel, scoreSamples } from './champion-scorer.ts'
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

test('the champion scores the rows it accepts as it answers them, with labels where there are any', async () => {
  const store = await publishChampion(openMemory())
  const champion = await readDriftChampion(store)
  const path = await writeRows('s.jsonl', [
    churnRow({ tenure_months: 5, churned: 1 }),
    churnRow({ tenure_months: 30, churned: 0 }),
    churnRow({ plan_type: 'Gold', churned: 0 }),
  ])
  const samples = await readSamples([{ path, contract, model: scoredModel(champion) }])
  const [{ scores }] = await scoreSamples(store, champion, samples)
  const [low, high] = [expectedProbability(30), expectedProbability(5)]
  expect(scores).toMatchObject({
    rows: 2,
    refused: 1,
    positives: 1,
    threshold: 0.5,
    labelled: { rows: 2, positives: 1 },
  })
  expect(scores?.meanScore).toBeCloseTo((low + high) / 2, 6)
})

test('a store without a champion, and one without a profile, say so', async () => {
  await expect(readDriftChampion(openModelStore(openMemory()))).rejects.toMatchObject({ code: 'NO_CHAMPION' })
  const store = await publishChampion(openMemory(), {}, { 'profile.json': new TextEncoder().encode('{') })
  const damaged = readReferenceProfile(store, await readDriftChampion(store))
  await expect(damaged).rejects.toMatchObject({
    code: 'MODEL_CORRUPT',
    message: expect.stringContaining('is not JSON'),
  })
})
