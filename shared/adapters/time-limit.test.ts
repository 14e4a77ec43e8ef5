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
  const work = new Promise<string>((_, reject) => setTimeout(() => reject(new Error('too late')), 20))
  expect(await withinTime(5, work, () => 'late')).toBe('late')
  await new Promise(resolve => setTimeout(resolve, 40))
})
