import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { type LogLevel, makeLog, type RequestEntry } from './log.ts'

/** A log into memory, and its lines parsed. */
function recordLog(level: LogLevel = 'info') {
  const lines: string[] = []
  const log = makeLog({ level, destination: { write: line => void lines.push(line) } })
  return { log, lines, entries: () => lines.map(line => JSON.parse(line)) }
}

const entry: RequestEntry = { method: 'POST', path: '/predict', status: 200, durationMs: 123.4567, requestId: 'r-1' }

test("a request is one line with Cloud Logging's names", () => {
  const { log, lines, entries } = recordLog()
  log.request({ ...entry, fields: { model_version: '20260101.abc.1', rows: 2 } })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^[^\n]*\n$/)
  expect(entries()[0]).toEqual({
    severity: 'INFO',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    message: 'POST /predict 200',
    httpRequest: { requestMethod: 'POST', requestUrl: '/predict', status: 200, latency: '0.123457s' },
    request_id: 'r-1',
    model_version: '20260101.abc.1',
    rows: 2,
  })
})

test.each([
  [200, 'INFO'],
  [404, 'WARNING'],
  [413, 'WARNING'],
  [500, 'ERROR'],
  [503, 'ERROR'],
])('status %i has the severity %s', (status, severity) => {
  const { log, entries } = recordLog()
  log.request({ ...entry, status })
  expect(entries()[0].severity).toBe(severity)
})

test("a client's mistake is logged by its code, without the message that quotes the body", () => {
  const { log, lines, entries } = recordLog()
  log.request({ ...entry, status: 400, error: new AppError('INVALID_ROWS', 'plan_type is "Gold"') })
  expect(entries()[0].error_code).toBe('INVALID_ROWS')
  expect(lines[0]).not.toContain('Gold')
})

test('a failure is logged with the stacks of the error and its causes, and with nothing else of them', () => {
  const { log, lines, entries } = recordLog()
  const cause = Object.assign(new Error('403 from the store'), {
    config: { headers: { authorization: 'Bearer ya29.x' } },
  })
  log.request({ ...entry, status: 503, error: new AppError('STORAGE_FAILED', 'cannot read', { cause }) })
  expect(entries()[0].stack_trace).toMatch(/cannot read.*log\.test\.ts.*caused by Error: 403 from the store/s)
  expect(lines[0]).not.toContain('ya29')
})

test('a very long path is cut', () => {
  const { log, entries } = recordLog()
  log.request({ ...entry, path: `/${'x'.repeat(10_000)}` })
  expect(entries()[0].httpRequest.requestUrl).toHaveLength(200)
})

test('the level decides what is written', () => {
  const written = (level: LogLevel) => {
    const { log, lines } = recordLog(level)
    log.request(entry)
    log.error('failed', new Error('x'))
    return lines.length
  }
  expect([written('info'), written('warn'), written('error'), written('silent')]).toEqual([2, 1, 1, 0])
})

test('a full disk behind stdout costs the line and not the process', () => {
  const script = `
    import { makeLog } from '${pathToFileURL(resolve(import.meta.dirname, 'log.ts'))}'
    const log = makeLog({ level: 'info' })
    for (let i = 0; i < 3; i++) log.info('a line')
    setTimeout(() => process.stderr.write('alive'), 50)`
  const full = openSync('/dev/full', 'w')
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  expect({ status: child.status, said: child.stderr }).toEqual({ status: 0, said: 'alive' })
})

test('a line names its trace as Cloud Logging does, and a warning has its fields', () => {
  const lines: string[] = []
  const log = makeLog({ level: 'info', destination: { write: line => void lines.push(line) }, project: 'my-project' })
  log.request({ ...entry, trace: { traceId: 'a'.repeat(32), isSampled: true } })
  log.warn('lost', { sink_lost_rows: 2 })
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    {
      'logging.googleapis.com/trace': `projects/my-project/traces/${'a'.repeat(32)}`,
      'logging.googleapis.com/trace_sampled': true,
    },
    { severity: 'WARNING', message: 'lost', sink_lost_rows: 2 },
  ])
})
