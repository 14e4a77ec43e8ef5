import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnsweredRequest, FailedRequest } from '../shared/adapters/sinks/prediction-log.ts'
import { AppError } from '../shared/core/errors.ts'
import { makePredict, type ServingModel } from './predict.ts'

/** A model whose rows are `{ p }` and whose probability is that p; it counts its runs. */
function makeModel(overrides: Partial<ServingModel> = {}) {
  const runs: number[] = []
  const model: ServingModel = {
    name: 'churn',
    version: '20260101.abc.1',
    threshold: 0.5,
    classes: [0, 1],
    encodeRows: rows => ({ values: Float32Array.from(rows, row => (row as { p: number }).p), rowCount: rows.length }),
    run: async (values, rowCount) => {
      runs.push(rowCount)
      return values
    },
    ...overrides,
  }
  return { model, runs }
}

async function predict(body: unknown, model = makeModel().model) {
  const handler = makePredict({ loadModel: async () => model })
  return handler({ method: 'POST', path: '/predict', headers: {}, body, bodyBytes: 1, requestId: 'r-1' })
}

async function refusal(body: unknown): Promise<AppError> {
  const error = await predict(body).catch(thrown => thrown)
  expect(error).toBeInstanceOf(AppError)
  return error
}

test('rows are answered in their order, with the model and the request id', async () => {
  expect(await predict([{ p: 0.83 }, { p: 0.1 }])).toEqual({
    status: 200,
    body: {
      predictions: [
        { probability: 0.83, class: 1 },
        { probability: 0.1, class: 0 },
      ],
      model: { name: 'churn', version: '20260101.abc.1', threshold: 0.5 },
      request_id: 'r-1',
    },
    log: { model_name: 'churn', model_version: '20260101.abc.1', rows: 2 },
  })
})

test('one row, not in a list, is a list of one', async () => {
  expect((await predict({ p: 0.25 })).body).toEqual((await predict([{ p: 0.25 }])).body)
})

test('ten thousand rows are one run of the model, one more is refused before any work', async () => {
  const { model, runs } = makeModel()
  await predict(Array(10_000).fill({ p: 0.5 }), model)
  expect(runs).toEqual([10_000])
  const error = await refusal(Array(10_001).fill({ p: 0.5 }))
  expect([error.status, error.message]).toEqual([413, 'a request may have 10,000 rows; this one has 10,001'])
})

test.each([
  [undefined, 'empty_request', 'the request has no body'],
  [[], 'empty_request', 'the list of rows is empty'],
  [12, 'wrong_type', 'the body is a number'],
  [null, 'wrong_type', 'the body is null'],
  [true, 'wrong_type', 'the body is a boolean'],
  ['secret', 'wrong_type', 'the body is a string'],
])('the body %j is refused with %s', async (body, code, message) => {
  const error = await refusal(body)
  expect([error.status, error.problems[0].code]).toEqual([400, code])
  expect(error.message).toBe(`${message}; send a JSON list of rows, or one row`)
})

test("the class is the target's own value", async () => {
  const { model } = makeModel({ classes: ['<=50K', '>50K'] })
  expect((await predict([{ p: 0.4 }, { p: 0.6 }], model)).body).toMatchObject({
    predictions: [{ class: '<=50K' }, { class: '>50K' }],
  })
})

test('a probability equal to the threshold is positive', async () => {
  for (const threshold of [0.5, 0.7, 0.3, Math.fround(0.3), Math.fround(0.7)]) {
    const { model } = makeModel({ threshold })
    expect((await predict({ p: threshold }, model)).body).toMatchObject({ predictions: [{ class: 1 }] })
  }
})

interface Answer {
  predictions: { probability: number; class: number }[]
  model: { threshold: number }
}

test('the numbers in the answer give its classes, and they are those of float32 arithmetic', async () => {
  const unit = fc.float({ min: 0, max: 1, noNaN: true })
  const near = fc.tuple(unit, fc.integer({ min: -2, max: 2 })).map(([value, steps]) => {
    const bits = new Int32Array(Float32Array.of(value).buffer)
    bits[0] = Math.max(0, bits[0] + steps)
    return [value, new Float32Array(bits.buffer)[0]]
  })
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.tuple(unit, unit), near), async ([threshold, p]) => {
      const { body } = await predict({ p }, makeModel({ threshold }).model)
      const answer: Answer = JSON.parse(JSON.stringify(body))
      const [{ probability, class: label }] = answer.predictions
      expect(label).toBe(probability >= answer.model.threshold ? 1 : 0)
      expect(label).toBe(p >= threshold ? 1 : 0)
      expect(Math.fround(probability)).toBe(p)
    }),
    { numRuns: 500 },
  )
})

test("the encoder's problems pass through", async () => {
  const error = new AppError('INVALID_ROWS', '1 problem')
  const { model } = makeModel({
    encodeRows: () => {
      throw error
    },
  })
  await expect(predict([{}], model)).rejects.toBe(error)
})

/** What the prediction log is told of one request. */
async function logged(body: unknown, overrides: Partial<ServingModel> = {}) {
  const answered: AnsweredRequest[] = []
  const failed: FailedRequest[] = []
  const predictions = {
    answered: (entry: AnsweredRequest) => void answered.push(entry),
    failed: (entry: FailedRequest) => void failed.push(entry),
  }
  const handler = makePredict({ loadModel: async () => makeModel(overrides).model, predictions, modelName: 'churn' })
  const request = { method: 'POST', path: '/predict', headers: {}, body, bodyBytes: 1, requestId: 'r-1' }
  await handler(request).catch(() => {})
  return { answered, failed }
}

test('the prediction log is told what was answered: encoded rows, the very predictions, version and latency', async () => {
  const { answered, failed } = await logged([{ p: 0.83 }, { p: 0.1 }])
  expect(failed).toEqual([])
  expect(answered).toEqual([
    {
      requestId: 'r-1',
      time: expect.any(Date),
      latencyMs: expect.any(Number),
      modelName: 'churn',
      modelVersion: '20260101.abc.1',
      values: Float32Array.of(0.83, 0.1),
      predictions: [
        { probability: 0.83, class: 1 },
        { probability: 0.1, class: 0 },
      ],
    },
  ])
})

test('the prediction log is told of requests that could not be answered, with their status', async () => {
  const refuse = () => Promise.reject(new AppError('NO_CHAMPION', 'none'))
  expect((await logged([])).failed).toMatchObject([{ status: 400, modelName: 'churn', modelVersion: undefined }])
  expect((await logged({ p: 1 }, { run: refuse })).failed).toMatchObject([
    { requestId: 'r-1', status: 503, modelVersion: '20260101.abc.1', latencyMs: expect.any(Number) },
  ])
  const bug = () => Promise.reject(new TypeError('x'))
  expect((await logged({ p: 1 }, { run: bug })).failed).toMatchObject([{ status: 500 }])
})
