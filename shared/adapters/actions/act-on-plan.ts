/**
 * Does what a plan recommends, each action at most once for each plan: what the audit log has as done or as advice is not
 * repeated, what failed or was skipped may be tried again. One action that fails does not stop the others.
 */
import { createHash } from 'node:crypto'
import type { Action, Plan } from '../../core/monitor/plan.ts'
import { type AuditLine, appendAuditLine, claimAction, readAuditLog } from './audit-log.ts'
import type { Outcome } from './outcome.ts'

/** The actions that touch the world; the others are advice. */
export type Performers = Readonly<
  Record<'open_incident' | 'roll_back_model' | 'trigger_retraining', (key: string) => Promise<Outcome>>
>

export interface ActRequest {
  readonly plan: Plan
  /** Which plan this is: planKey. */
  readonly key: string
  readonly performers: Performers
  /** The audit log's file. */
  readonly auditLog: string
  readonly now: () => Date
}

export interface Deeds {
  /** The lines that were written to the audit log now. */
  readonly lines: readonly AuditLine[]
  /** What an earlier call for the same plan has dealt with. */
  readonly before: readonly Action[]
  /** What another process is doing now, or was killed while doing. */
  readonly claimed: readonly Action[]
}

/** Same status, latest point and actions for the same subject: the same plan, however often it is made. */
export function planKey(plan: Plan, about: { readonly subject: string; readonly latest: string | undefined }): string {
  const identity = JSON.stringify([about.subject, plan.status, about.latest ?? null, plan.actions])
  return createHash('sha256').update(identity).digest('hex').slice(0, 16)
}

/** Throws STORAGE_FAILED when the audit log cannot be used. */
export async function actOnPlan(request: ActRequest): Promise<Deeds> {
  const { plan, key, auditLog } = request
  const lines: AuditLine[] = []
  const before: Action[] = []
  const claimed: Action[] = []
  for (const action of plan.actions) {
    if (action === 'do_nothing') continue
    const release = await claimAction(auditLog, { plan: key, action })
    if (!release) {
      claimed.push(action)
      continue
    }
    // Looked up under the claim: whoever held it before has written its line by now.
    if (await isSettled(auditLog, key, action)) before.push(action)
    else lines.push(await performAndRecord(action, request))
    await release()
  }
  return { lines, before, claimed }
}

async function isSettled(auditLog: string, key: string, action: Action): Promise<boolean> {
  const lines = await readAuditLog(auditLog)
  return lines.some(line => line.plan === key && line.action === action && isFinal(line))
}

function isFinal({ outcome }: AuditLine): boolean {
  return outcome === 'done' || outcome === 'advice'
}

async function performAndRecord(action: Action, request: ActRequest): Promise<AuditLine> {
  const outcome = await perform(action, request)
  const line = { time: request.now().toISOString(), plan: request.key, action, ...outcome }
  await appendAuditLine(request.auditLog, line)
  return line
}

function perform(action: Action, { performers, key }: ActRequest): Promise<Outcome> | Outcome {
  switch (action) {
    case 'open_incident':
    case 'roll_back_model':
    case 'trigger_retraining':
      return performers[action](key)
    case 'raise_thresholds':
      return { outcome: 'advice', detail: 'a person must find out whether the latency is here to stay' }
    default:
      return { outcome: 'advice', detail: 'nobody is paged' }
  }
}
