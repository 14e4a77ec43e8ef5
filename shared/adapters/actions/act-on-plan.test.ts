import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Action, Plan } from '../../core/monitor/plan.ts'
import { actOnPlan, type Performers, planKey } from './act-on-plan.ts'
import type { Outcome } from './outcome.ts'

let folder: string
let auditLog: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'treeline-actions-'))
  auditLog = join(folder, 'deep/actions.jsonl')
})
afterEach(() => rm(folder, { recursive: true }))

const ALL: Action[] = ['open_incident', 'roll_back_model', 'trigger_retraining', 'page_oncall=false']
const planOf = (actions: Action[]): Plan => ({ status: 'critical', findings: [], actions, rationale: 'Because.' })
const NOW = '2026-01-02T03:04:05.000Z'

/** Performers that note their names in `done`, and their outcomes by name. */
function performersOf(done: string[], outcomes: Partial<Record<Action, Outcome>> = {}): Performers {
  const perform = (action: keyof Performers) => async () => {
    done.push(action)
    return outcomes[action] ?? ({ outcome: 'done', detail: 'so it is' } as const)
  }
  return {
    open_incident: perform('open_incident'),
    roll_back_model: perform('roll_back_model'),
    trigger_retraining: perform('trigger_retraining'),
  }
}

const act = (plan: Plan, performers: Performers, key = 'k1') =>
  actOnPlan({ plan, key, performers, auditLog, now: () => new Date(NOW) })
const audit = async () =>
  (await readFile(auditLog, 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

test('actions are done in their order, with one line each; a second time nothing is done', async () => {
  const done: string[] = []
  const first = await act(planOf(ALL), performersOf(done))
  expect(done).toEqual(['open_incident', 'roll_back_model', 'trigger_retraining'])
  const line = (action: Action, outcome: Outcome) => ({ time: NOW, plan: 'k1', action, ...outcome })
  const expected = [
    ...ALL.slice(0, 3).map(action => line(action, { outcome: 'done', detail: 'so it is' })),
    line('page_oncall=false', { outcome: 'advice', detail: 'nobody is paged' }),
  ]
  expect(first).toEqual({ lines: expected, before: [], claimed: [] })
  expect(await audit()).toEqual(expected)
  expect(await act(planOf(ALL), performersOf(done))).toEqual({ lines: [], before: ALL, claimed: [] })
  expect(done).toHaveLength(3)
  expect(await audit()).toHaveLength(4)
  expect(await readdir(join(folder, 'deep'))).toEqual(['actions.jsonl'])
})

test('another plan is acted on, and a healthy one leaves no trace', async () => {
  const done: string[] = []
  await act(planOf(['open_incident']), performersOf(done))
  await act(planOf(['open_incident']), performersOf(done), 'k2')
  expect(done).toEqual(['open_incident', 'open_incident'])
  expect(await act(planOf(['do_nothing']), performersOf(done), 'k3')).toEqual({ lines: [], before: [], claimed: [] })
  expect(await audit()).toHaveLength(2)
})

test('what failed or was skipped does not stop the rest and is tried again, alone', async () => {
  const done: string[] = []
  const outcomes = {
    open_incident: { outcome: 'failed', detail: 'no connection' },
    roll_back_model: { outcome: 'skipped', detail: 'first champion' },
  } as const
  const { lines } = await act(planOf(ALL), performersOf(done, outcomes))
  expect(lines.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped', 'done', 'advice'])
  done.length = 0
  const again = await act(planOf(ALL), performersOf(done))
  expect(done).toEqual(['open_incident', 'roll_back_model'])
  expect(again.before).toEqual(['trigger_retraining', 'page_oncall=false'])
})

test('raise_thresholds is advice only', async () => {
  const { lines } = await act(planOf(['trigger_retraining', 'raise_thresholds']), performersOf([]))
  expect(lines[1]).toMatchObject({ action: 'raise_thresholds', outcome: 'advice' })
})

test('of many at the same time one does each action', async () => {
  const done: string[] = []
  const calls = await Promise.all(Array.from({ length: 8 }, () => act(planOf(ALL), performersOf(done))))
  expect([...done].sort()).toEqual(['open_incident', 'roll_back_model', 'trigger_retraining'])
  expect(await audit()).toHaveLength(4)
  expect(calls.flatMap(({ lines }) => lines)).toHaveLength(4)
})

test('an action whose process was killed is left alone for this plan, and not for the next', async () => {
  const done: string[] = []
  await act(planOf(['do_nothing']), performersOf(done))
  await act(planOf(['page_oncall=false']), performersOf(done))
  await writeFile(`${auditLog}.k1.open_incident.claim`, '')
  expect(await act(planOf(['open_incident']), performersOf(done))).toMatchObject({ claimed: ['open_incident'] })
  expect(done).toEqual([])
  await act(planOf(['open_incident']), performersOf(done), 'k2')
  expect(done).toEqual(['open_incident'])
})

test('a line that was cut off swallows neither the next one nor the memory of the others', async () => {
  const done: string[] = []
  await act(planOf(['open_incident']), performersOf(done))
  await appendFile(auditLog, '{"time": "2026')
  await act(planOf(['trigger_retraining']), performersOf(done))
  const { before } = await act(planOf(['open_incident', 'trigger_retraining']), performersOf(done))
  expect(before).toEqual(['open_incident', 'trigger_retraining'])
})

test('without a usable audit log nothing is done', async () => {
  const done: string[] = []
  await writeFile(join(folder, 'deep'), 'a file where the folder should be')
  await expect(act(planOf(ALL), performersOf(done))).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  expect(done).toEqual([])
})

test('the key follows status, latest time, actions and subject, and not the words of the rationale', () => {
  const plan = planOf(ALL)
  const about = { subject: 'churn', latest: '2026-01-01T00:00:00Z' }
  const key = planKey(plan, about)
  expect(key).toMatch(/^[0-9a-f]{16}$/)
  expect(planKey({ ...plan, rationale: 'Other words.', findings: [{ a: 1 }] }, about)).toBe(key)
  const others = [
    planKey({ ...plan, status: 'warn' }, about),
    planKey({ ...plan, actions: ['open_incident'] }, about),
    planKey(plan, { ...about, latest: undefined }),
    planKey(plan, { ...about, subject: 'adult' }),
  ]
  expect(new Set([key, ...others]).size).toBe(5)
})
