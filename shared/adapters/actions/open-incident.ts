/**
 * open_incident: posts the plan to a webhook, at most twice, within five seconds each. The address often holds a token, so
 * it appears in no message; `Idempotency-Key` lets a receiver drop the second of two posts whose answer was lost.
 */
import type { Plan } from '../../core/monitor/plan.ts'
import type { Outcome } from './outcome.ts'

export interface IncidentRequest {
  /** http or https; undefined: there is nobody to tell. */
  readonly webhook: string | undefined
  readonly plan: Plan
  /** What is watched: the contract's name. */
  readonly subject: string
  /** planKey: the same for every post of this plan. */
  readonly key: string
  /** ISO 8601 time of the latest point; undefined: there is none. */
  readonly latest: string | undefined
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 5_000
const ATTEMPTS = 2

export async function openIncident(request: IncidentRequest): Promise<Outcome> {
  const { webhook, timeoutMs = TIMEOUT_MS } = request
  if (webhook === undefined) {
    return { outcome: 'skipped', detail: 'no webhook; set INCIDENT_WEBHOOK_URL or give --webhook' }
  }
  let failure = ''
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const answer = await post(webhook, request, timeoutMs)
    if (typeof answer === 'number' && answer >= 200 && answer < 300) {
      return { outcome: 'done', detail: `the webhook answered ${answer}` }
    }
    failure = typeof answer === 'number' ? `it answered ${answer}` : answer
    // The receiver understood and refused: asking again changes nothing.
    if (typeof answer === 'number' && answer < 500 && answer !== 429) break
  }
  return { outcome: 'failed', detail: `the webhook did not take the incident: ${failure}` }
}

/** The status of the answer, or a clause that says why there is none. */
async function post(webhook: string, request: IncidentRequest, timeoutMs: number): Promise<number | string> {
  try {
    const response = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': request.key },
      body: JSON.stringify(incidentOf(request)),
      // A redirect would carry the plan to an address that nobody configured.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    return response.status
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
    const { cause } = error as { cause?: { code?: unknown } }
    return typeof cause?.code === 'string' ? `no connection (${cause.code})` : 'no connection'
  }
}

/** `text` is what chat webhooks show; the rest is for machines. */
function incidentOf({ plan, subject, key, latest }: IncidentRequest): object {
  const text = `${subject}: ${plan.rationale}\nActions: ${plan.actions.join(', ')}`
  return { text, subject, key, latest: latest ?? null, ...plan }
}
