import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { stopSignal } from './end-of-service.ts'

test.each(['SIGTERM', 'SIGINT'])(
  'after %s nobody listens to either signal, so the next one ends the process',
  async first => {
    const target = new EventEmitter()
    const stopped = stopSignal(target)
    expect(target.emit(first)).toBe(true)
    await stopped
    expect([target.emit('SIGTERM'), target.emit('SIGINT')]).toEqual([false, false])
  },
)
