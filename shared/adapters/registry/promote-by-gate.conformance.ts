/**
 * What the gate promises over any Storage, as tests, on models made by hand: log-odds = signal + noise x `noise` weight, so
 * the smaller the weight the better the model.
 */
import { describe, expect, test } from 'vitest'
import { makeRandom } from '../../core/math/random.ts'
import { rocAuc } from '../../core/metrics/ranking.ts'
import { logisticFamily } from '../../core/model/family.ts'
import type { ModelManifest } from '../../core/model/manifest.ts'
import { exportModel } from '../../core/onnx/export.ts'
import type { FeatureSpec } from '../../core/preprocess/preprocessor.ts'
import type { GateRules } from '../../core/train/gate-request.ts'
import { parseRun } from '../../core/train/run.ts'
import { describeTrainedRows } from '../../core/train/trained-rows.ts'
import { runToYaml } from '../files/read-run.ts'
import { openSession } from '../onnx/session.ts'
import type { Storage } from '../storage/storage.ts'
import type { Challenger } from './challenge.ts'
import { type Open, sampleManifest } from './model-store.conformance.ts'
import { type ModelStore, openModelStore } from './model-store.ts'
import { promoteByForce, promoteByGate } from './promote-by-gate.ts'
import { heldOutBy } from './unseen-rows.ts'

/** `open` gives a new, empty storage each time. */
export function describeGate(name: string, open: Open): void {
  describe(`gate over ${name}`, () => {
    describeDecisions(open)
    describeIncomparable(open)
    describeDamage(open)
    describeUnseenRows(open)
    describeGateRaces(open)
  })
}

const RULES: GateRules = {
  metric: 'roc_auc',
  p_value: 0.05,
  max_calibration_loss: 1,
  max_fairness_loss: 1,
  min_group_rows: 50,
}
const FACTS = { at: '2026-11-21T10:00:00.000Z', by: 'train' }
const FEATURES: readonly FeatureSpec[] = [
  { name: 'signal', kind: 'number' },
  { name: 'noise', kind: 'number' },
]

const { values, labels } = makeRows(1000)

function makeRows(count: number) {
  const random = makeRandom(11)
  const values = Float32Array.from({ length: 2 * count }, () => 1.5 * random.normal())
  const labels = Uint8Array.from({ length: count }, (_, row) =>
    random.uniform() < 1 / (1 + Math.exp(-values[2 * row])) ? 1 : 0,
  )
  return { values, labels }
}

function modelOf(noise: number, features: readonly FeatureSpec[]): Uint8Array {
  const columns = features.map((_, feature) => ({ kind: 'number', feature, mean: 0, scale: 1 }) as const)
  const coefficients = Float64Array.from(features, ({ name }) => (name === 'noise' ? noise : 1))
  const model = { columns, coefficients, intercept: 0, l1: 0, l2: 1, iterations: 0, converged: true }
  return exportModel({ features, body: name => logisticFamily.toGraph(model, name), metadata: {} })
}

interface Contender {
  readonly noise: number
  readonly features?: readonly FeatureSpec[]
  readonly classes?: ModelManifest['classes']
  readonly rules?: Partial<GateRules>
  readonly name?: string
  readonly contract?: Partial<ModelManifest['contract']>
  /** Rows that it says it was trained on, its seed, and its table. */
  readonly trained?: { readonly rows: Uint32Array; readonly seed: number; readonly table?: string }
}

/** A published version, ready to meet the champion. */
async function contend(
  store: ModelStore,
  { noise, features = FEATURES, classes = [0, 1], rules = {}, name = 'churn', contract = {}, trained }: Contender,
): Promise<Challenger> {
  const model = modelOf(noise, features)
  const matrix = { rowCount: labels.length, features: FEATURES, values }
  const data_sha256 = trained?.table?.repeat(64)
  const settings = { ...(trained && { seed: trained.seed }), ...(data_sha256 && { data_sha256 }) }
  const run = parseRun(settings, 'run.yaml')
  const files = new Map([
    ['run.yaml', new TextEncoder().encode(runToYaml(run))],
    ['model.onnx', model],
    ...(trained ? [['trained_rows.bin', describeTrainedRows(matrix, trained.rows)!] as const] : []),
  ])
  const manifest = await store.publish({
    date: '20261121',
    gitSha: 'abc1234',
    files,
    describe(version, records) {
      const sample = sampleManifest(version, records)
      return { ...sample, features, classes, name, contract: { ...sample.contract, name, ...contract } }
    },
  })
  const probabilities = await (await openSession(modelOf(noise, FEATURES))).run(values, labels.length)
  const rows = { matrix, labels, probabilities, sensitive: [] }
  return { manifest, rows, rules: { ...RULES, ...rules }, seed: 1, heldOutBy: heldOutBy(run, manifest.contract) }
}

async function openWithChampion(
  open: Open,
  champion: Contender,
): Promise<{ storage: Storage; store: ModelStore; version: string }> {
  const storage = await open()
  const store = openModelStore(storage)
  const { version } = await promoteByGate(store, await contend(store, champion), FACTS)
  return { storage, store, version }
}

function describeDecisions(open: Open): void {
  test('the first version becomes champion without a gate, and a better one through it, with its numbers in the pointer', async () => {
    const { store, version } = await openWithChampion(open, { noise: 1 })
    const better = await contend(store, { noise: 0 })
    const decision = await promoteByGate(store, better, FACTS)
    expect(decision).toMatchObject({
      verdict: 'promoted',
      version: better.manifest.version,
      previous: version,
      champion: 2,
      by: 'gate',
      gate: { passed: true, rules: RULES, compared: { rows: 1000, metric: { metric: 'roc_auc', passed: true } } },
    })
    expect(await store.champion()).toMatchObject({ n: 2, version: better.manifest.version, gate: { passed: true } })
    const { decisions } = await store.log()
    expect(decisions.map(({ verdict, by }) => [verdict, by])).toEqual([
      ['first', 'train'],
      ['promoted', 'gate'],
    ])
    expect(decisions[1].gate).toEqual(decision.gate)
  })

  test('a worse one is refused, the champion stays, and the log has the numbers', async () => {
    const { store, version } = await openWithChampion(open, { noise: 0 })
    const worse = await contend(store, { noise: 1 })
    const decision = await promoteByGate(store, worse, FACTS)
    expect(decision).toMatchObject({ verdict: 'refused', champion: 1, by: 'gate', gate: { passed: false } })
    expect(await store.champion()).toMatchObject({ n: 1, version })
    expect((await store.log()).decisions.at(-1)).toEqual(decision)
  })

  test('by force the refused one becomes champion, and the log says who, why and what the gate says of it', async () => {
    const { store } = await openWithChampion(open, { noise: 0 })
    const worse = await contend(store, { noise: 1 })
    const { version } = worse.manifest
    const forced = await promoteByForce(store, version, { ...FACTS, by: 'ada', reason: 'law', challenger: worse })
    expect(forced).toMatchObject({ verdict: 'forced', champion: 2, by: 'ada', reason: 'law', gate: { passed: false } })
    expect((await store.champion())?.version).toBe(version)
    const again = await promoteByForce(store, version, { ...FACTS, reason: 'again' })
    expect(again).toMatchObject({ verdict: 'forced', champion: 3 })
    expect(again).not.toHaveProperty('gate')
  })
}

function describeIncomparable(open: Open): void {
  test.each<[string, Contender]>([
    ['there is no weather', { noise: 1, features: [...FEATURES, { name: 'weather', kind: 'number' }] }],
    ['is of the contract adult, the challenger of churn', { noise: 1, name: 'adult' }],
    ['answers left, the challenger churned', { noise: 1, contract: { target: { column: 'left', positive: 1 } } }],
    ['the rows have no sex, whose groups', { noise: 1, contract: { sensitive: { sex: { type: 'category' } } } }],
    ['tells no and yes apart, the challenger 0 and 1', { noise: 1, classes: ['no', 'yes'] }],
    ['noise is a number here', { noise: 1, features: [FEATURES[0], { name: 'noise', kind: 'category', levels: ['a'], hasOther: false }] }], // biome-ignore format: one case
  ])('a champion that cannot answer the rows is not replaced: %s', async (why, champion) => {
    const { store, version } = await openWithChampion(open, champion)
    const decision = await promoteByGate(store, await contend(store, { noise: 0 }), FACTS)
    expect(decision).toMatchObject({ verdict: 'refused', gate: { passed: false } })
    expect(decision.gate).not.toHaveProperty('compared')
    expect(decision.reason).toMatch(/^the two cannot be compared: /)
    expect(decision.reason).toContain(why)
    expect((await store.champion())?.version).toBe(version)
  })

  test('rows with a category that the champion does not know are left out, with a note; the others decide', async () => {
    const spec = (levels: string[]): FeatureSpec => ({ name: 'plan', kind: 'category', levels, hasOther: false })
    // Every fourth row has the new plan.
    const planOf = (row: number) => (row % 4 === 0 ? 2 : 1)
    const plans = Float32Array.from({ length: 3 * labels.length }, (_, i) =>
      i % 3 === 2 ? planOf(Math.floor(i / 3)) : values[2 * Math.floor(i / 3) + (i % 3)],
    )
    const { store, version } = await openWithChampion(open, { noise: 1, features: [...FEATURES, spec(['Basic'])] })
    const challenger = await contend(store, { noise: 0 })
    const matrix = { rowCount: labels.length, features: [...FEATURES, spec(['Basic', 'Gold'])], values: plans }
    const decision = await promoteByGate(store, { ...challenger, rows: { ...challenger.rows, matrix } }, FACTS)
    expect(decision).toMatchObject({ verdict: 'promoted', gate: { compared: { rows: 750 } } })
    expect(decision.gate?.note).toContain(`250 of 1000 rows are left out, for ${version} does not know their plan`)
  })

  test('a champion that reads fewer columns is met all the same', async () => {
    const { store } = await openWithChampion(open, { noise: 0, features: [FEATURES[0]] })
    const decision = await promoteByGate(store, await contend(store, { noise: 1 }), FACTS)
    expect(decision).toMatchObject({ verdict: 'refused', gate: { compared: { metric: { passed: false } } } })
  })
}

function describeDamage(open: Open): void {
  test.each([1, 3])(
    'a lost pointer promotes nobody: with %i champions the log knows that there was one',
    async champions => {
      const { storage, store, version } = await openWithChampion(open, { noise: 1 })
      for (let n = 2; n <= champions; n++) await promoteByForce(store, version, { ...FACTS, reason: 'again' })
      await promoteByGate(store, await contend(store, { noise: 2 }), FACTS)
      await storage.remove(`champion.${champions}.json`)
      const better = await contend(store, { noise: 0 })
      for (let round = 0; round < 2; round++) {
        const decision = await promoteByGate(store, better, FACTS)
        expect(decision).toMatchObject({ verdict: 'refused', champion: champions })
        expect(decision.reason).toContain(`champion.${champions}.json is gone; restore the file`)
      }
      const facts = { ...FACTS, reason: 'lost', challenger: better }
      expect(await promoteByForce(store, better.manifest.version, facts)).toMatchObject({ champion: champions + 1 })
      expect(await promoteByGate(store, await contend(store, { noise: 1 }), FACTS)).toHaveProperty('gate.compared')
    },
  )

  test.each(['model.onnx', 'model.json', 'champion.1.json'])(
    'a champion whose %s is damaged is not replaced by the gate, only by force',
    async file => {
      const { storage, store, version } = await openWithChampion(open, { noise: 1 })
      await storage.write(file.startsWith('champion') ? file : `${version}/${file}`, new Uint8Array(3))
      const better = await contend(store, { noise: 0 })
      const decision = await promoteByGate(store, better, FACTS)
      expect(decision).toMatchObject({ verdict: 'refused', champion: 1 })
      expect(decision.reason).toContain(file)
      const facts = { ...FACTS, reason: 'damage', challenger: better }
      expect(await promoteByForce(store, better.manifest.version, facts)).toMatchObject({ champion: 2 })
    },
  )
}

/** Rows 0 to 799 and 100 to 899, of 1,000: rows 900 to 999 are new to both. */
const [EARLY, LATE] = [0, 100].map(from => Uint32Array.from({ length: 800 }, (_, i) => from + i))

function describeUnseenRows(open: Open): void {
  const contenders = (table: string | undefined, seed: number): [Contender, Contender] => [
    { noise: 1, trained: { rows: EARLY, seed: 1, ...(table && { table: 'a' }) } },
    { noise: 0, trained: { rows: LATE, seed, ...(table && { table }) } },
  ]

  test.each([
    ['b', 1],
    ['a', 2],
    [undefined, 1],
  ] as const)(
    // biome-ignore format: one line
    'of another table or split (%s, %i) only the rows that neither was trained on are judged on',
    async (table, seed) => {
      const [champion, challenger] = contenders(table, seed)
      const { store } = await openWithChampion(open, champion)
      const { gate } = await promoteByGate(store, await contend(store, challenger), FACTS)
      expect(gate!.compared!.rows).toBe(100)
      expect(gate!.note).toBe('900 of 1000 rows are left out, for one of the two was trained on such a row')
      const kept = values.length / 2 - 100
      const truth = Float32Array.from({ length: 100 }, (_, i) => values[2 * (kept + i)])
      expect(gate!.compared!.metric.challenger).toBeCloseTo(rocAuc(truth, labels.subarray(kept)), 12)
    },
  )

  test('of the same table and split all rows are judged on, for both were held out alike', async () => {
    const [champion, challenger] = contenders('a', 1)
    const { store } = await openWithChampion(open, champion)
    const { gate } = await promoteByGate(store, await contend(store, challenger), FACTS)
    expect([gate!.compared!.rows, gate!.note]).toEqual([1000, undefined])
  })

  test('where a challenger does not say what it was trained on all rows are judged on, with a note', async () => {
    const { store } = await openWithChampion(open, contenders('b', 1)[0])
    const { gate } = await promoteByGate(store, await contend(store, { noise: 0 }), FACTS)
    expect([gate!.compared!.rows, gate!.note]).toEqual([
      1000,
      'one of the two may have been trained on some of these rows, which flatters it',
    ])
  })

  test('a challenger never wins by rows it was trained on, also where the champion does not say what it has seen', async () => {
    const { store } = await openWithChampion(open, { noise: 1 })
    const { heldOutBy: _, ...challenger } = await contend(store, contenders('b', 1)[1])
    const { gate } = await promoteByGate(store, challenger, FACTS)
    expect(gate!.compared!.rows).toBe(200)
    expect(gate!.note).toBe(
      '800 of 1000 rows are left out, for one of the two was trained on such a row; the champion may have been trained on some of these rows, which flatters it',
    )
  })

  test('with too few rows left the gate refuses, and says how many were left out', async () => {
    const all = Uint32Array.from({ length: 999 }, (_, row) => row)
    const { store } = await openWithChampion(open, { noise: 1, trained: { rows: all, seed: 1, table: 'a' } })
    const decision = await promoteByGate(store, await contend(store, contenders('b', 1)[1]), FACTS)
    expect(decision.reason).toMatch(/rows are too few; needed: 10 of each; 999 of 1000 rows are left out/)
  })
}

function describeGateRaces(open: Open): void {
  test('of two that promote the same version at once both find it champion, and nothing is refused', async () => {
    const { store } = await openWithChampion(open, { noise: 1 })
    const better = await contend(store, { noise: 0 })
    const decisions = await Promise.all([1, 2].map(() => promoteByGate(store, better, FACTS)))
    expect(decisions.map(({ verdict, champion }) => [verdict, champion])).toEqual(Array(2).fill(['promoted', 2]))
    expect((await store.log()).decisions).toHaveLength(2)
  })

  test('of 8 that force the same version at once one makes it champion, and the others find it so', async () => {
    const { store } = await openWithChampion(open, { noise: 1 })
    const challenger = await contend(store, { noise: 2 })
    const forced = { ...FACTS, reason: 'now', challenger }
    const promoters = Array.from({ length: 8 }, () => promoteByForce(store, challenger.manifest.version, forced))
    const decisions = await Promise.all(promoters)
    expect(decisions.map(({ verdict, champion }) => [verdict, champion])).toEqual(Array(8).fill(['forced', 2]))
    expect((await store.log()).decisions).toHaveLength(2)
  })

  test('of 8 that are forced at once each becomes champion in its turn, with the numbers against the one it replaced', async () => {
    const { store } = await openWithChampion(open, { noise: 2 })
    const challengers: Challenger[] = []
    for (let i = 0; i < 8; i++) challengers.push(await contend(store, { noise: 1 + i / 10 }))
    await Promise.all(
      challengers.map(challenger =>
        promoteByForce(store, challenger.manifest.version, { ...FACTS, reason: 'now', challenger }),
      ),
    )
    const { decisions } = await store.log()
    expect(decisions.map(({ champion }) => champion)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const aucOf = new Map(decisions.map(({ version, gate }) => [version, gate?.compared?.metric.challenger]))
    for (const { previous = '', gate } of decisions.slice(2)) {
      expect(gate?.compared?.metric.champion).toBe(aucOf.get(previous))
    }
  })

  test('of 16 challengers at once each is decided, each promoted one has beaten the very champion it replaced', async () => {
    const { store } = await openWithChampion(open, { noise: 2 })
    const noises = Array.from({ length: 16 }, (_, i) => 1.6 - i / 10)
    const challengers: Challenger[] = []
    for (const noise of noises) challengers.push(await contend(store, { noise, rules: { p_value: 1 } }))
    const returned = await Promise.all(challengers.map(challenger => promoteByGate(store, challenger, FACTS)))
    const { decisions } = await store.log()
    expect(decisions).toHaveLength(17)
    for (const decision of returned) expect(decisions).toContainEqual(decision)
    const aucOf = new Map<string, number>()
    for (const { version, gate } of decisions) aucOf.set(version, gate?.compared?.metric.challenger ?? Number.NaN)
    const promoted = decisions.filter(({ verdict }) => verdict === 'promoted')
    expect(promoted.map(({ champion }) => champion)).toEqual(promoted.map((_, i) => i + 2))
    for (const { previous = '', gate, champion } of promoted.slice(1)) {
      expect(gate?.compared?.metric.champion, `champion ${champion}`).toBe(aucOf.get(previous))
      expect(gate?.compared?.metric.gain).toBeGreaterThan(0)
    }
    // The best of all cannot lose, whatever the order was.
    const best = challengers.reduce((a, b) => ((aucOf.get(b.manifest.version) ?? 0) > (aucOf.get(a.manifest.version) ?? 0) ? b : a)) // biome-ignore format: one line
    expect((await store.champion())?.version).toBe(best.manifest.version)
  })
}
