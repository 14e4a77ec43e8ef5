import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { withProgress } from './progress.ts'

/** A stream that claims to be a terminal of 80 columns and keeps what it was sent. */
function fakeTerminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  return { stream, text: () => String(stream.read() ?? '') }
}

test('on a terminal the bar shows label, steps and total, and gives back what the work returns', async () => {
  const { stream, text } = fakeTerminal()
  const value = await withProgress({ enabled: true, stream }, progress => {
    progress.start('training', 40)
    progress.update(10)
    progress.start('testing', 5)
    progress.update(5)
    return 'done'
  })
  expect(value).toBe('done')
  const shown = text()
  expect(shown).toContain('training [')
  expect(shown).toContain('10/40')
  expect(shown).toContain('testing [')
  expect(shown).toContain('5/5')
})

test('a failure of the work ends the bar, so that nothing more is drawn, and passes through', async () => {
  const { stream, text } = fakeTerminal()
  const failed = withProgress({ enabled: true, stream }, progress => {
    progress.start('training', 40)
    throw new Error('no memory')
  })
  await expect(failed).rejects.toThrow('no memory')
  text()
  await new Promise(resolve => setTimeout(resolve, 250))
  expect(text()).toBe('')
})

test('the terminal is left in its own mode, so that nothing has to be put back after Ctrl-C', async () => {
  const { stream, text } = fakeTerminal()
  await withProgress({ enabled: true, stream }, progress => {
    progress.start(`reading ${'a very long name '.repeat(9)}`, 40)
    progress.update(10)
  })
  const shown = text()
  // Save, restore, column and erase are all; "?" would begin a mode of the terminal.
  expect(shown).toContain('reading a very long name')
  expect(shown).not.toContain('\x1b[?')
  for (const line of shown.split('\x1b[0K')) expect(line.replace(/^.*G/s, '').length).toBeLessThanOrEqual(80)
})

test('where nobody watches nothing is written', async () => {
  const { stream, text } = fakeTerminal()
  const value = await withProgress({ enabled: false, stream }, progress => {
    progress.start('training', 40)
    progress.update(40)
    return 7
  })
  expect(value).toBe(7)
  expect(text()).toBe('')
})
