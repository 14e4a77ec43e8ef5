import { newBucket, requireEmulator } from '../storage/gcs.emulator.ts'
import { openGcs } from '../storage/gcs.ts'
import { describeModelStore } from './model-store.conformance.ts'

const apiEndpoint = requireEmulator(process.env.GCS_API_ENDPOINT)

describeModelStore('gcs', async () =>
  openGcs({ bucket: await newBucket(apiEndpoint), prefix: 'registry/churn', apiEndpoint }),
)
