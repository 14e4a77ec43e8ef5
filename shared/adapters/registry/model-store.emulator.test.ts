import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newBucket, requireEmulator } from '../storage/gcs.emulator.ts'
import { openGcs } from '../storage/gcs.ts'
import { describePromotionLog } from './decision.conformance.ts'
import { keepModelFiles } from './file-cache.ts'
import { describeModelStore, sampleRequest } from './model-store.conformance.ts'
import { openModelStore } from './model-store.ts'
import { describeGate } from './promote-by-gate.conformance.ts'

const apiEndpoint = requireEmulator(process.env.GCS_API_ENDPOINT)

const open = async () => openGcs({ bucket: await newBucket(apiEndpoint), prefix: 'registry/churn', apiEndpoint })
for (const describeSuite of [describeModelStore, describePromotionLog, describeGate]) describeSuite('gcs', open)

test('a model file read from a bucket once is there without the bucket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'treeline-cache-'))
  try {
    const storage = await open()
    const store = openModelStore(storage)
    const manifest = await store.publish(sampleRequest('first'))
    const first = await keepModelFiles(store, folder).readFile(manifest, 'model.onnx')
    await storage.remove(`${manifest.version}/model.onnx`)
    await expect(store.readFile(manifest, 'model.onnx')).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
    const again = await keepModelFiles(store, folder).readFile(manifest, 'model.onnx')
    expect(Buffer.from(again).equals(first)).toBe(true)
  } finally {
    await rm(folder, { recursive: true })
  }
})
