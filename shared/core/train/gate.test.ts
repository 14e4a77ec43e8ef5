import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/fairness.json' with { type: 'json' }
import { chanceCalibrationError, reliability } from '../calibration/reliability.ts'
import type { SensitiveValues } from '../fairness/groups.ts'
import { makeRandom } from '../math/random.ts'
import { compareRocAuc } from '../metrics/delong.ts'
import { judgeChallenger, refuseUncompared } from './gate.ts'
import type { GateRequest, GateRules } from './gate-request.ts'

const RULES: GateRules = {
  metric: 'roc_auc',
  p_value: 0.05,
  max_calibration_loss: 0.02,
  max_fairness_loss: 0.02,
  min_group_rows: 50,
}

/** 2,000 rows whose label has `truth` as its probability; a model is that with noise on its log-odds. */
function rows() {
  const random = makeRandom(7)
  const margins = Float64Array.from({ length: 2000 }, () => 1.5 * random.normal())
  const labels = Uint8Array.from(margins, margin => (random.uniform() < 1 / (1 + Math.exp(-margin)) ? 1 : 0))
  const model = (noise: number, shift = 0) =>
    Float32Array.from(margins, margin => 1 / (1 + Math.exp(-(margin + shift + noise * random.normal()))))
  return { labels, model, random }
}

const { labels, model, random } = rows()
const truth = model(0)
const request = (more: Partial<GateRequest>): GateRequest => ({
  champion: { probabilities: truth, threshold: 0.5 },
  challenger: { probabilities: truth, threshold: 0.5 },
  labels,
  sensitive: [],
  rules: RULES,
  seed: 1,
  ...more,
})
const answers = (probabilities: Float32Array, threshold = 0.5) => ({ probabilities, threshold })

test.each(['roc_auc', 'average_precision', 'log_loss'] as const)(
  'a clearly better challenger passes by %s, and the same two the other way round do not',
  metric => {
    const weak = model(2)
    const rules = { ...RULES, metric }
    const passed = judgeChallenger(request({ champion: answers(weak), rules }))
    expect(passed).toMatchObject({ passed: true, compared: { metric: { metric, passed: true }, rows: 2000 } })
    expect(passed.compared!.metric.gain).toBeGreaterThan(0)
    expect(passed.compared!.metric.low).toBeGreaterThan(0)
    expect(passed.compared!.metric.low).toBeLessThan(passed.compared!.metric.gain)
    expect(passed.compared!.metric.high).toBeGreaterThan(passed.compared!.metric.gain)
    expect(passed.compared!.metric.p).toBeLessThan(0.001)
    expect(passed.reason).toMatch(/^better: .* on the same 2000 rows \(p = /)
    const refused = judgeChallenger(request({ challenger: answers(weak), rules }))
    expect(refused).toMatchObject({ passed: false, compared: { metric: { passed: false } } })
    expect(refused.compared!.metric.gain).toBeCloseTo(-passed.compared!.metric.gain, 12)
    expect(refused.reason).toContain('is not better')
  },
)

test("the p-value is DeLong's, of scipy and NumPy's definition (data/golden/fairness.json)", () => {
  const { first, second, labels, p, difference } = golden.delong[0]
  const unit = (scores: number[]) => Float32Array.from(scores, score => 1 / (1 + Math.exp(-score)))
  const { metric } = judgeChallenger(
    request({ challenger: answers(unit(first)), champion: answers(unit(second)), labels: Uint8Array.from(labels) }),
  ).compared!
  expect(metric.gain).toBeCloseTo(difference, 6)
  expect(metric.p).toBeCloseTo(p, 6)
})

test('the same answers are refused: nothing is better, and with p_value 0 nothing ever is', () => {
  const same = judgeChallenger(request({}))
  expect(same).toMatchObject({ passed: false, compared: { metric: { gain: 0, p: 1 } } })
  const never = request({ champion: answers(model(2)), rules: { ...RULES, p_value: 0 } })
  expect(judgeChallenger(never).passed).toBe(false)
})

test('a bound of 0 allows what is no worse', () => {
  const sure = answers(Float32Array.from(labels))
  const rules = { ...RULES, max_calibration_loss: 0 }
  const { passed, compared } = judgeChallenger(request({ challenger: sure, rules }))
  expect([passed, compared!.losses[0].challenger]).toEqual([true, 0])
  const same = judgeChallenger(request({ champion: sure, challenger: sure, rules })).compared!
  expect(same.losses[0]).toMatchObject({ loss: 0, passed: true })
})

test('a gain that chance explains is refused with its p-value', () => {
  const near = request({ champion: answers(model(0.02)), challenger: answers(model(0.02)) })
  const report = judgeChallenger(near)
  const { p } = compareRocAuc(near.challenger.probabilities, near.champion.probabilities, labels)
  expect(report.compared!.metric.p).toBe(p)
  expect(p).toBeGreaterThan(0.05)
  expect(report.passed).toBe(false)
})

test('a better ranking with worse calibration is refused, and passes where the run allows it', () => {
  // The order, and so the ROC-AUC, is that of the truth.
  const shifted = Float32Array.from(truth, probability => probability ** 3)
  const worse = request({ champion: answers(model(1)), challenger: answers(shifted) })
  const errorOf = (probabilities: Float32Array) => reliability(probabilities, labels).expectedCalibrationError!
  const excessOf = (probabilities: Float32Array) =>
    Math.max(0, errorOf(probabilities) - chanceCalibrationError(probabilities))
  const loss = excessOf(shifted) - excessOf(worse.champion.probabilities)
  const report = judgeChallenger(worse)
  expect(report).toMatchObject({ passed: false, compared: { metric: { passed: true } } })
  expect(report.compared!.losses).toMatchObject([
    { figure: 'calibration_error beyond chance', limit: 0.02, passed: false },
  ])
  expect(report.compared!.losses[0].loss).toBeCloseTo(loss, 12)
  expect(report.reason).toContain(`is better (p = `)
  expect(report.reason).toContain(`, but calibration_error beyond chance grew by ${loss.toFixed(4)} (allowed: 0.02)`)
  expect(judgeChallenger({ ...worse, rules: { ...RULES, max_calibration_loss: 0.5 } }).passed).toBe(true)
})

test('a better ranking with a wider gap between groups is refused by the name of the gap, within its bound it passes', () => {
  const codes = Uint8Array.from(labels, () => random.integer(1, 2))
  const sex: SensitiveValues = { name: 'sex', column: { kind: 'category', codes, levels: ['f', 'm'] } }
  // Every row of the second group is scored a little higher: the order inside the groups stays.
  const unfair = Float32Array.from(truth, (probability, row) => (codes[row] === 2 ? probability ** 0.6 : probability))
  const wider = request({ champion: answers(model(2)), challenger: answers(unfair), sensitive: [sex] })
  const report = judgeChallenger(wider)
  const gap = report.compared!.losses.find(({ figure }) => figure === 'demographic_parity of sex')!
  const rate = (group: number) => {
    const own = [...unfair].filter((_, row) => codes[row] === group)
    return own.filter(probability => probability >= 0.5).length / own.length
  }
  expect(gap.challenger).toBeCloseTo(Math.abs(rate(1) - rate(2)), 12)
  expect(gap.passed).toBe(false)
  expect(report.passed).toBe(false)
  expect(report.reason).toContain('demographic_parity of sex grew by')
  const rules = { ...RULES, max_fairness_loss: 1, max_calibration_loss: 1 }
  expect(judgeChallenger({ ...wider, rules }).passed).toBe(true)
})

test('each model is judged at its own threshold', () => {
  const codes = Uint8Array.from(truth, probability => (probability > 0.5 ? 1 : 2))
  const group: SensitiveValues = { name: 'group', column: { kind: 'category', codes, levels: ['high', 'low'] } }
  const { losses } = judgeChallenger(
    request({ champion: answers(truth, 0.5), challenger: answers(truth, 0.999), sensitive: [group] }),
  ).compared!
  const parity = losses.find(({ figure }) => figure === 'demographic_parity of group')!
  expect(parity.champion).toBeCloseTo(1, 2)
  expect(parity.challenger).toBeLessThan(0.1)
})

test('a sharper model is not refused for lying in more bins: both are calibrated, and the rows are few', () => {
  let refused = 0
  const trials = 200
  for (let trial = 0; trial < trials; trial++) {
    const margins = Float64Array.from({ length: 300 }, () => 1.5 * random.normal())
    const sharp = Float32Array.from(margins, margin => 1 / (1 + Math.exp(-margin)))
    // The base rate of every row: calibrated, in one bin.
    const flat = new Float32Array(300).fill(0.5)
    const own = Uint8Array.from(sharp, probability => (random.uniform() < probability ? 1 : 0))
    const { losses } = judgeChallenger(request({ champion: answers(flat), challenger: answers(sharp), labels: own }))
      .compared!
    if (!losses[0].passed) refused++
  }
  // Of the error as it is: 77 %. Here: 4 %.
  expect(refused / trials).toBeLessThan(0.08)
})

test('a group is in a gap from min_group_rows of its rows, positives or negatives on; what is left out is named', () => {
  // 49 rows of a third group, which the champion never selects and the challenger always does.
  const codes = Uint8Array.from(labels, (_, row) => (row < 49 ? 3 : 1 + (row % 2)))
  const group: SensitiveValues = { name: 'region', column: { kind: 'category', codes, levels: ['n', 's', 'w'] } }
  const answered = (chosen: number) => answers(truth.map((probability, row) => (row < 49 ? chosen : probability)))
  const pair = { champion: answered(0), challenger: answered(1), sensitive: [group] }
  const small = judgeChallenger(request(pair)).compared!
  expect(small.losses.slice(1).map(({ loss }) => loss)).toEqual([0, 0, 0])
  const judged = judgeChallenger(request({ ...pair, rules: { ...RULES, min_group_rows: 49 } })).compared!
  const parity = judged.losses.find(({ figure }) => figure === 'demographic_parity of region')!
  expect([parity.loss > 0, parity.challenger > 0.4]).toEqual([true, true])
  const none = judgeChallenger(request({ ...pair, rules: { ...RULES, min_group_rows: 900 } })).compared!
  expect(none.losses.map(({ figure }) => figure)).toEqual([
    'calibration_error beyond chance',
    'demographic_parity of region',
  ])
  expect(none.not_judged).toEqual([
    'equal_opportunity of region (0 of 3 groups have 900 positives; needed: 2)',
    'predictive_equality of region (0 of 3 groups have 900 negatives; needed: 2)',
  ])
})

test('with fewer than 10 rows of a class the gate refuses, however clear they look: chance alone gives p = 0 there', () => {
  const clear = (positives: number, negatives: number) => {
    const own = Uint8Array.from({ length: positives + negatives }, (_, row) => (row < positives ? 1 : 0))
    const sharp = Float32Array.from(own, label => (label ? 0.99 : 0.01))
    const flat = new Float32Array(own.length).fill(positives / own.length)
    return judgeChallenger(request({ champion: answers(flat), challenger: answers(sharp), labels: own }))
  }
  for (const [positives, negatives] of [
    [0, 30],
    [30, 0],
    [1, 30],
    [2, 2],
    [9, 500],
    [500, 9],
  ]) {
    // biome-ignore format: one line
    const why = `${positives} positive and ${negatives} negative rows are too few; needed: 10 of each`
    expect(clear(positives, negatives)).toEqual(refuseUncompared(why, RULES))
  }
  expect(clear(10, 10).passed).toBe(true)
})

test('no challenger passes that is not better with p below the bound, and all losses within theirs', () => {
  const noise = fc.double({ min: 0, max: 1.5, noNaN: true })
  const limit = fc.constantFrom(0, 0.01, 0.5)
  fc.assert(
    fc.property(noise, noise, limit, fc.constantFrom(0.001, 0.05, 1), (a, b, max_calibration_loss, p_value) => {
      const rules = { ...RULES, max_calibration_loss, p_value }
      const { passed, compared } = judgeChallenger(
        request({ champion: answers(model(a)), challenger: answers(model(b)), rules }),
      )
      const { metric, losses } = compared!
      const should =
        metric.challenger > metric.champion && metric.p < p_value && losses.every(one => one.loss <= one.limit)
      expect(passed).toBe(should)
    }),
    { numRuns: 30 },
  )
})

test.each([Number.NaN, 1.5])('a model that answers %d to a row is refused, whichever of the two it is', wrong => {
  const broken = answers(truth.with(7, wrong))
  for (const who of ['champion', 'challenger'] as const) {
    const why = `the ${who} answers ${wrong}, which is no probability`
    expect(judgeChallenger(request({ [who]: broken }))).toEqual(refuseUncompared(why, RULES))
  }
})

test('a gate that could not compare refuses and says why', () => {
  const why = '20261120.abc1234.1 cannot answer these rows (there is no plan_type)'
  expect(refuseUncompared(why, RULES)).toEqual({
    passed: false,
    reason: `the two cannot be compared: ${why}`,
    rules: RULES,
  })
})
