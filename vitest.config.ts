import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{functions,shared,scripts}/**/*.test.ts'],
    // Emulator suites need a server that npm does not bring; `npm run test:emulators` starts it and runs them.
    exclude: ['**/*.emulator.test.ts', '**/node_modules/**'],
  },
})
