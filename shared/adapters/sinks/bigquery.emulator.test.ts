/** The conformance suite on a real emulator: every statement is executed, every table created. */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { openBigQuery } from './bigquery.ts'
import { describeSink } from './sink.conformance.ts'
import { featureCounts, prediction, timeAt } from './sink.fixture.ts'

const apiEndpoint = process.env.BIGQUERY_API_ENDPOINT
if (!apiEndpoint) throw new Error('BIGQUERY_API_ENDPOINT is not set; run these tests with: npm run test:emulators')
const project = 'emulator'

/** The name of a new, empty dataset. */
async function newDataset(): Promise<string> {
  const datasetId = `test_${randomUUID().replaceAll('-', '_')}`
  const response = await fetch(`${apiEndpoint}/bigquery/v2/projects/${project}/datasets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ datasetReference: { projectId: project, datasetId } }),
  })
  if (!response.ok) throw new Error(`the emulator at ${apiEndpoint} made no dataset: HTTP ${response.status}`)
  return datasetId
}

describeSink('bigquery', async () => openBigQuery({ project, dataset: await newDataset(), apiEndpoint }))

test('a table has the partition and the clusters of its declaration', async () => {
  const dataset = await newDataset()
  await openBigQuery({ project, dataset, apiEndpoint }).write('predictions', [prediction()])
  const url = `${apiEndpoint}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/predictions`
  expect(await (await fetch(url)).json()).toMatchObject({
    timePartitioning: { type: 'DAY', field: 'time', expirationMs: String(400 * 24 * 3600 * 1000) },
    clustering: { fields: ['model_version'] },
    schema: { fields: expect.arrayContaining([expect.objectContaining({ name: 'features_hash', type: 'STRING' })]) },
  })
})

test('an answer of many pages is read to its end', async () => {
  const sink = openBigQuery({ project, dataset: await newDataset(), apiEndpoint, pageRows: 3 })
  const ids = Array.from({ length: 10 }, (_, i) => `c-${i}`)
  await sink.write(
    'feature_counts',
    ids.map(id => featureCounts({ id, counted: 2, counts: '{"x":[1,0,1]}' })),
  )
  await sink.write(
    'predictions',
    ids.map((id, i) => prediction({ request_id: id, score: i / 10 })),
  )
  const query = { model: 'churn', version: '20260101.abc1234.1', positive: '1', since: timeAt(-1), until: timeAt(1) }
  const { scores, counts } = await sink.served(query)
  expect(scores.map(({ score }) => score)).toEqual(ids.map((_, i) => i / 10))
  expect(counts).toEqual({ rows: 20, features: new Map([['x', [10, 0, 10]]]) })
})

test('a dataset that is not there refuses rows, or asks for another try, and names the place', async () => {
  const sink = openBigQuery({ project, dataset: 'none', apiEndpoint })
  const told = await sink.write('predictions', [prediction()]).then(
    refused => refused[0].reason,
    error => error.message,
  )
  // The emulator says 500 where BigQuery says 404 (bigquery.test.ts has that).
  expect(told).toContain(`cannot write bigquery://${project}/none: `)
})
