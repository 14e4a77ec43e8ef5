import { spawnSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { withinTime } from './time-limit.ts'

const never = new Promise<string>(() => {})

test('work that ends in time gives its value or its error, and leaves no timer', async () => {
  vi.useFakeTimers()
  try {
    expect(await withinTime(50, Promise.resolve('done'), () => 'late')).toBe('done')
    await expect(withinTime(50, Promise.reject(new Error('failed')), () => 'late')).rejects.toThrow('failed')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('work that does not end gives what stands for it, or the error that does', async () => {
  expect(await withinTime(5, never, () => 'late')).toBe('late')
  const refuse = () => {
    throw new Error('no answer within 5 ms')
  }
  await expect(withinTime(5, never, refuse)).rejects.toThrow('no answer within 5 ms')
})

test('an error after the time is over harms nobody', async () => {
  const work = new Promise<string>((_, reject) => setTimeout(() => reject(new Error('too late')), 100))
  expect(await withinTime(5, work, () => 'late')).toBe('late')
  await new Promise(resolve => setTimeout(resolve, 150))
})

test('a process that slept through the limit still reads the answer that came meanwhile', async () => {
  const script = `
    import { createServer } from 'node:http'
    import { once } from 'node:events'
    import { withinTime } from '${new URL('time-limit.ts', import.meta.url)}'
    const server = createServer((_, response) => response.end('answer')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const work = fetch('http://127.0.0.1:' + server.address().port).then(response => response.text())
    const result = withinTime(500, work, () => 'late')
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500))
    process.stdout.write(await result)
    process.exit()`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(child.stdout).toBe('answer')
})
