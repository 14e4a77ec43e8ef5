import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_LOGISTIC } from '../../core/dense/logistic.ts'
import { DEFAULT_BOOST } from '../../core/gbt/boost.ts'
import { labelledRows } from '../../core/model/family.conformance.ts'
import { gbtFamily, logisticFamily } from '../../core/model/family.ts'
import { exportModel, exportPortableModel } from '../../core/onnx/export.ts'
import { openSession } from './session.ts'

const train = labelledRows(1, 1000)
const trees = gbtFamily.fit(train, { ...DEFAULT_BOOST, trees: 20 }, { seed: 1 })
const line = logisticFamily.fit(train, DEFAULT_LOGISTIC, { seed: 1 })
const bodies = {
  gbt: (features: string) => gbtFamily.toGraph(trees, features),
  logistic: (features: string) => logisticFamily.toGraph(line, features),
}

test.each(['gbt', 'logistic'] as const)('both ONNX files of %s load with nothing to warn about', family => {
  const folder = mkdtempSync(join(tmpdir(), 'treeline-onnx-'))
  try {
    const parts = { features: train.matrix.features, body: bodies[family], metadata: {} }
    writeFileSync(join(folder, 'a.onnx'), exportModel(parts))
    writeFileSync(join(folder, 'b.onnx'), exportPortableModel(parts))
    // A process of its own: onnxruntime writes its warnings to stderr from native code, where no test could catch them.
    const script = `
      const { InferenceSession } = require('onnxruntime-node')
      const load = file => InferenceSession.create(file, { logSeverityLevel: 2 }).then(s => console.log(s.inputNames.length))
      load(process.argv[1]).then(() => load(process.argv[2]))`
    const child = spawnSync(process.execPath, ['-e', script, join(folder, 'a.onnx'), join(folder, 'b.onnx')], {
      cwd: resolve(import.meta.dirname, '../../..'),
      encoding: 'utf8',
    })
    expect({ out: child.stdout, warnings: child.stderr }).toEqual({ out: '1\n5\n', warnings: '' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('bytes that are no model are refused by onnxruntime, not answered', async () => {
  await expect(openSession(new Uint8Array(100))).rejects.toThrow()
})
