/**
 * The audit log: one line of JSON for each action of each plan, only ever appended to. It is also the memory that keeps an
 * action from being done twice; while an action is under way a claim beside the log keeps other processes off it.
 */
import { appendFile, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { Action } from '../../core/monitor/plan.ts'
import type { Outcome } from './outcome.ts'

export interface AuditLine extends Outcome {
  /** ISO 8601, UTC. */
  readonly time: string
  /** The plan's key: planKey. */
  readonly plan: string
  readonly action: Action
}

/** Lines that are no JSON (a machine that stopped while writing) are passed over. */
export async function readAuditLog(path: string): Promise<AuditLine[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw unusable(path, error)
  })
  return text.split('\n').flatMap(line => {
    try {
      const value = JSON.parse(line)
      return typeof value?.plan === 'string' && typeof value.action === 'string' ? [value] : []
    } catch {
      return []
    }
  })
}

export async function appendAuditLine(path: string, line: AuditLine): Promise<void> {
  const { time, plan, action, outcome, detail } = line
  // The line break before ends a line that was cut off, which would else swallow this one. Blank lines mean nothing.
  const isTorn = !(await readFile(path, 'utf8').catch(() => '')).match(/(^|\n)$/)
  const text = `${isTorn ? '\n' : ''}${JSON.stringify({ time, plan, action, outcome, detail })}\n`
  await appendFile(path, text).catch((error: NodeJS.ErrnoException) => {
    throw unusable(path, error)
  })
}

/**
 * Creates the claim to an action: the function that gives it back, or undefined when another process holds it. A process
 * that is killed leaves its claim behind, so nobody repeats an action that may have been done; the next plan has other claims.
 */
export async function claimAction(
  path: string,
  { plan, action }: Pick<AuditLine, 'plan' | 'action'>,
): Promise<(() => Promise<void>) | undefined> {
  const claim = `${path}.${plan}.${action}.claim`
  await mkdir(dirname(path), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw unusable(path, error)
  })
  try {
    await writeFile(claim, '', { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw unusable(path, error as NodeJS.ErrnoException)
  }
  return () => unlink(claim)
}

function unusable(path: string, cause: NodeJS.ErrnoException): AppError {
  return new AppError('STORAGE_FAILED', `${path}: the audit log cannot be used (${cause.code})`, { cause })
}
