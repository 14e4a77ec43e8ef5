import { defineConfig } from 'vitest/config'

/** The suites that need a real emulator: `npm run test:emulators` starts it, sets its address and runs them. */
export default defineConfig({
  test: {
    // Suites that load onnxruntime directly; the product sets it itself (session.ts). No test writes into artifacts/.
    env: { ORT_DISABLE_TELEMETRY: '1', SINK_URI: 'none' },
    include: ['{functions,shared,scripts}/**/*.emulator.test.ts'],
    // @google-cloud/storage 8.4 warns of listeners at every larger download (googleapis/google-cloud-node#9185).
    execArgv: ['--disable-warning=MaxListenersExceededWarning'],
    // Every call is an HTTP request, and some tests wait for the SDK's own retries.
    testTimeout: 60_000,
  },
})
