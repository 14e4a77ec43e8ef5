import { expect, test } from 'vitest'
import { triggerRetraining } from './trigger-retraining.ts'

async function run(code: string, command = process.execPath) {
  let output = ''
  const outcome = await triggerRetraining({ command, args: ['-e', code], onOutput: text => (output += text) })
  return { outcome, output }
}

test('a training that ends well is done, and what it prints is passed on', async () => {
  const { outcome, output } = await run('console.log("trained"); console.error("warned")')
  expect(outcome).toMatchObject({ outcome: 'done' })
  expect(output).toContain('trained\n')
  expect(output).toContain('warned\n')
})

test.each([
  ['an exit code', 'process.exit(2)', 'the training ended with exit code 2'],
  ['a signal', 'process.kill(process.pid, "SIGKILL")', 'the training ended with SIGKILL'],
])('a training that ends with %s has failed', async (_, code, detail) => {
  expect((await run(code)).outcome).toEqual({ outcome: 'failed', detail })
})

test('a command that is not there has failed', async () => {
  const { outcome } = await run('', '/no/such/command')
  expect(outcome).toEqual({ outcome: 'failed', detail: 'the training could not be started (ENOENT)' })
})
