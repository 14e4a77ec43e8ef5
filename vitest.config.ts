import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Tests that train or start processes take seconds on a busy machine; the limit is there for what hangs.
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Suites that load onnxruntime directly; the product sets it itself (session.ts). No test writes into artifacts/.
    env: { ORT_DISABLE_TELEMETRY: '1', SINK_URI: 'none' },
    include: ['{functions,infra,shared,scripts}/**/*.test.ts'],
    // Emulator suites need a server that npm does not bring; `npm run test:emulators` starts it and runs them.
    exclude: ['**/*.emulator.test.ts', '**/node_modules/**'],
  },
})
