import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { DEFAULT_LOGISTIC } from '../../core/dense/logistic.ts'
import { DEFAULT_MLP } from '../../core/dense/mlp.ts'
import { DEFAULT_BOOST } from '../../core/gbt/boost.ts'
import { labelledRows } from '../../core/model/family.conformance.ts'
import { gbtFamily, logisticFamily, mlpFamily } from '../../core/model/family.ts'
import { exportModel, exportPortableModel } from '../../core/onnx/export.ts'
import { openSession } from './session.ts'

const train = labelledRows(1, 1000)
const trees = gbtFamily.fit(train, { ...DEFAULT_BOOST, trees: 20 }, { seed: 1 })
const line = logisticFamily.fit(train, DEFAULT_LOGISTIC, { seed: 1 })
const network = mlpFamily.fit(train, { ...DEFAULT_MLP, epochs: 2 }, { seed: 1 })
const bodies = {
  gbt: (features: string) => gbtFamily.toGraph(trees, features),
  logistic: (features: string) => logisticFamily.toGraph(line, features),
  mlp: (features: string) => mlpFamily.toGraph(network, features),
}

test.each(['gbt', 'logistic', 'mlp'] as const)('both ONNX files of %s load with nothing to warn about', family => {
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
    expect({ out: child.stdout, warnings: child.stderr }).toEqual({ out: '1\n6\n', warnings: '' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('bytes that are no model are refused by onnxruntime, not answered', async () => {
  await expect(openSession(new Uint8Array(100))).rejects.toThrow()
})

test('onnxruntime reports to nobody: it leaves no device id and no event queue in an empty home', async () => {
  const home = mkdtempSync(join(tmpdir(), 'treeline-home-'))
  try {
    const file = join(home, 'a.onnx')
    writeFileSync(file, exportModel({ features: train.matrix.features, body: bodies.logistic, metadata: {} }))
    const script = `
      import { readFileSync } from 'node:fs'
      import { openSession } from '${pathToFileURL(resolve(import.meta.dirname, 'session.ts'))}'
      const session = await openSession(readFileSync('${file}'))
      await session.run(new Float32Array(6), 1)`
    // In CI onnxruntime keeps quiet by itself, and this process may be told to as well; a user's is not.
    const { CI: _, ORT_DISABLE_TELEMETRY: __, ...environment } = process.env
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...environment, HOME: home, XDG_CACHE_HOME: join(home, '.cache') },
      encoding: 'utf8',
    })
    expect({ status: child.status, said: child.stderr, left: readdirSync(home) }).toEqual({
      status: 0,
      said: '',
      left: ['a.onnx'],
    })
  } finally {
    rmSync(home, { recursive: true })
  }
})
