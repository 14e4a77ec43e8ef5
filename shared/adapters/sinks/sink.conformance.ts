/**
 * What every sink must do, as a suite that each implementation runs. `open` gives a new, empty sink. The oracle of what is
 * measured is memory.ts, which counts with core/metrics.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { makeRandom } from '../../core/math/random.ts'
import { SINK_TABLE_NAMES } from '../../core/sink/sink-tables.ts'
import { openMemorySink } from './memory.ts'
import { driftReport, featureCounts, metrics, outcome, prediction, SAMPLE_ROWS, timeAt } from './sink.fixture.ts'
import type { Sink } from './sink.ts'

export function describeSink(name: string, open: () => Promise<Sink>): void {
  describe(name, () => {
    const opened: Sink[] = []
    const openOne = async () => {
      const sink = await open()
      opened.push(sink)
      return sink
    }
    afterEach(async () => {
      for (const sink of opened.splice(0)) await sink.close()
    })
    describeWrites(openOne)
    describeReads(openOne)
  })
}

const EVER = { model: 'churn', since: timeAt(-60 * 24) }

function describeWrites(open: () => Promise<Sink>): void {
  test('a row of every table is taken, and so are 500 at once', async () => {
    const sink = await open()
    for (const table of SINK_TABLE_NAMES) expect(await sink.write(table, [SAMPLE_ROWS[table]])).toEqual([])
    const many = Array.from({ length: 500 }, (_, row) => prediction({ request_id: 'many', row_index: row }))
    expect(await sink.write('predictions', many)).toEqual([])
    expect(await sink.write('predictions', [])).toEqual([])
    expect((await sink.points(EVER)).measured).toMatchObject([{ scored: 501, error_rate: 0 }])
  })

  test('rows that do not fit are given back with their index and reason, and the others are written', async () => {
    const sink = await open()
    const refused = await sink.write('predictions', [
      prediction({ row_index: 0 }),
      prediction({ row_index: 1, score: Number.NaN }),
      prediction({ row_index: 2, time: 'yesterday' }),
      { ...prediction({ row_index: 3 }), extra: 1 } as never,
      prediction({ row_index: 4, status: undefined as never }),
      prediction({ row_index: 5, score: null, class: null, features_hash: null, model_version: null }),
    ])
    expect(refused).toEqual([
      { row: 1, reason: 'score is NaN; allowed: a finite number, or null' },
      { row: 2, reason: 'time is "yesterday"; allowed: a time such as 2026-01-31T09:30:00.000Z' },
      { row: 3, reason: '"extra" is no column of predictions' },
      { row: 4, reason: 'status is absent; allowed: a whole number' },
    ])
    expect((await sink.points(EVER)).measured).toMatchObject([{ scored: 1 }])
  })

  test('text comes back as it was, whatever is in it', async () => {
    const sink = await open()
    const report = JSON.stringify({ quote: `'";--`, lines: 'a\r\nb\t', signs: 'naïve ключ 键 😀 \\ %s @model' })
    await sink.write('drift_reports', [driftReport({ report })])
    expect(await sink.latestDrift('churn')).toBe(report)
  })

  test('16 writers at once lose nothing', async () => {
    const sink = await open()
    const writes = Array.from({ length: 16 }, (_, writer) =>
      sink.write(
        'predictions',
        Array.from({ length: 20 }, (_, row) => prediction({ request_id: `w-${writer}`, row_index: row })),
      ),
    )
    expect((await Promise.all(writes)).flat()).toEqual([])
    expect((await sink.points(EVER)).measured).toMatchObject([{ scored: 320 }])
  })
}

/** Predictions and outcomes over a few hours: ties, late and changed labels, copies, failures, other models. */
function randomRows(seed: number) {
  const random = makeRandom(seed).uniform
  const predictions = Array.from({ length: 400 }, (_, i) => {
    const score = Math.round(random() * 40) / 40
    const failed = random() < 0.05
    return prediction({
      request_id: `r-${i >> 1}`,
      row_index: i & 1,
      time: timeAt((i >> 1) * 1.2),
      model_name: random() < 0.1 ? 'adult' : 'churn',
      model_version: failed ? null : `20260101.abc1234.${1 + Number(i > 200)}`,
      score: failed ? null : score,
      class: failed ? null : String(Number(score >= 0.5)),
      latency_ms: random() < 0.1 ? null : Math.round(random() * 4000) / 8,
      status: failed ? 503 : 200,
    })
  })
  const outcomes = predictions.flatMap(({ request_id, row_index, model_name, score }) => {
    if (random() < 0.3) return []
    const label = Number(random() < (score ?? 0.5))
    const told = (value: number, minutes: number) =>
      outcome({ request_id, row_index, model_name, label: value, actual: String(value), time: timeAt(300 + minutes) })
    return random() < 0.1 ? [told(1 - label, 0), told(label, 1)] : [told(label, 0)]
  })
  return { predictions: [...predictions, ...predictions.slice(0, 30)], outcomes }
}

function describeReads(open: () => Promise<Sink>): void {
  test('an empty sink has no points and no report', async () => {
    const sink = await open()
    expect(await sink.points(EVER)).toEqual({ measured: [], stored: [] })
    expect(await sink.latestDrift('churn')).toBeUndefined()
    const query = { model: 'churn', version: 'v', positive: '1', since: timeAt(0), until: timeAt(1) }
    expect(await sink.served(query)).toEqual({ versions: [], scores: [], counts: { rows: 0, features: new Map() } })
  })

  test.each([1, 2, 3])('metrics by hour equal those of core/metrics over the same rows (seed %i)', async seed => {
    const { predictions, outcomes } = randomRows(seed)
    const [sink, oracle] = [await open(), openMemorySink()]
    for (const one of [sink, oracle]) {
      await one.write('predictions', predictions)
      await one.write('outcomes', outcomes)
    }
    const [{ measured }, expected] = [await sink.points(EVER), await oracle.points(EVER)]
    expect(expected.measured.length).toBeGreaterThan(3)
    expect(measured.map(({ time }) => time)).toEqual(expected.measured.map(({ time }) => time))
    measured.forEach((point, i) => {
      const { roc_auc, pr_auc, acc, error_rate, ...exact } = expected.measured[i]
      expect(point).toMatchObject(exact)
      for (const [metric, value] of Object.entries({ roc_auc, pr_auc, acc, error_rate })) {
        expect(point[metric as 'acc'], metric).toBeCloseTo(value!, 12)
      }
    })
  })

  test('an hour without labels has latency and errors, and one class alone has no ROC-AUC', async () => {
    const sink = await open()
    await sink.write('predictions', [
      prediction({ request_id: 'a', latency_ms: 10 }),
      prediction({ request_id: 'b', latency_ms: 30, score: null, class: null, model_version: null, status: 500 }),
      prediction({ request_id: 'c', time: timeAt(60), class: '1' }),
    ])
    await sink.write('outcomes', [outcome({ request_id: 'c', time: timeAt(90) })])
    const unmeasured = { roc_auc: null, pr_auc: null }
    expect((await sink.points(EVER)).measured).toEqual([
      {
        ...metrics({ ...unmeasured, acc: null, latency_p95_ms: 30, error_rate: 0.5, scored: 1, labelled: 0 }),
        model_version: '20260101.abc1234.1',
      },
      {
        ...metrics({ ...unmeasured, time: timeAt(60), acc: 1, latency_p95_ms: 12.5, scored: 1, labelled: 1 }),
        model_version: '20260101.abc1234.1',
      },
    ])
  })

  test('a table scored by the command hides no failing requests, and alone has neither latency nor errors', async () => {
    const sink = await open()
    const failed = { latency_ms: 30, score: null, class: null, model_version: null, status: 500 }
    const scored = (minutes: number) =>
      [0, 1, 2].map(row =>
        prediction({ request_id: 'table', row_index: row, latency_ms: null, time: timeAt(minutes + row) }),
      )
    await sink.write('predictions', [...scored(0), prediction({ request_id: 'a', ...failed }), ...scored(60)])
    expect((await sink.points(EVER)).measured).toMatchObject([
      { scored: 3, error_rate: 1, latency_p95_ms: 30 },
      { scored: 3, error_rate: null, latency_p95_ms: null },
    ])
  })

  test('an hour of two versions is of the one that answered last', async () => {
    const sink = await open()
    const [first, second] = ['20260101.abc1234.9', '20260101.abc1234.10']
    await sink.write('predictions', [
      prediction({ request_id: 'b', time: timeAt(30), model_version: second }),
      prediction({ request_id: 'a', time: timeAt(20), model_version: first }),
      prediction({ request_id: 'c', time: timeAt(40), model_version: null, score: null, status: 503 }),
    ])
    expect((await sink.points(EVER)).measured).toMatchObject([{ model_version: second }])
  })

  test('older predictions than asked for, and other models, take no part', async () => {
    const sink = await open()
    await sink.write('predictions', [prediction(), prediction({ time: timeAt(120) }), prediction({ model_name: 'x' })])
    await sink.write('metrics', [metrics(), metrics({ time: timeAt(120) }), metrics({ model_name: 'x' })])
    const { measured, stored } = await sink.points({ model: 'churn', since: timeAt(60) })
    expect([measured, stored].map(points => points.map(({ time }) => time))).toEqual([[timeAt(120)], [timeAt(120)]])
    expect(stored).toEqual([metrics({ time: timeAt(120) })])
  })

  test('what a version served in a window equals what the rows say: scores, classes, refusals and counts', async () => {
    const { predictions } = randomRows(4)
    const counts = Array.from({ length: 12 }, (_, i) =>
      featureCounts({
        id: `c-${i % 10}`,
        time: timeAt((i % 10) * 20),
        model_version: `20260101.abc1234.${1 + Number(i % 10 > 6)}`,
        counted: (i % 10) + 1,
        counts: JSON.stringify({ tenure: [i % 10, 1, 0], 'plan "x"': [0, (i % 10) + 1] }),
      }),
    )
    const refused = prediction({ request_id: 'x', score: null, class: null, features_hash: null, status: 400 })
    const [sink, oracle] = [await open(), openMemorySink()]
    for (const one of [sink, oracle]) {
      await one.write('predictions', [...predictions, refused])
      await one.write('feature_counts', counts)
    }
    for (const version of ['20260101.abc1234.1', '20260101.abc1234.2', 'none']) {
      const query = { model: 'churn', version, positive: '1', since: timeAt(20), until: timeAt(200) }
      const [{ scores, ...exact }, expected] = [await sink.served(query), await oracle.served(query)]
      expect(expected.scores.length > 3).toBe(version !== 'none')
      expect(exact).toEqual({ versions: expected.versions, counts: expected.counts })
      expect(scores.map(({ sum, ...cell }) => cell)).toEqual(expected.scores.map(({ sum, ...cell }) => cell))
      for (const [i, { sum }] of scores.entries()) expect(sum).toBeCloseTo(expected.scores[i].sum, 9)
    }
    const all = await sink.served({
      model: 'churn',
      version: 'none',
      positive: '1',
      since: timeAt(0),
      until: timeAt(1),
    })
    expect(all.versions).toContainEqual({ version: '20260101.abc1234.1', rows: expect.any(Number), refused: 1 })
  })

  test('the latest report is the newest by its time, of the model that is asked for', async () => {
    const sink = await open()
    await sink.write('drift_reports', [
      driftReport({ time: timeAt(5), report: '"newest"' }),
      driftReport({ time: timeAt(1), report: '"older"' }),
      driftReport({ time: timeAt(9), report: '"of another"', model_name: 'adult' }),
    ])
    expect([await sink.latestDrift('churn'), await sink.latestDrift('none')]).toEqual(['"newest"', undefined])
  })
}
