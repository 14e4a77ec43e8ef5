/** What became of one action, for the audit log. Never holds a secret: a webhook's address is one. */

export interface Outcome {
  /** skipped: there was nothing to do it with. advice: for a person to decide, recorded only. */
  readonly outcome: 'done' | 'failed' | 'skipped' | 'advice'
  /** A clause that says how or why. */
  readonly detail: string
}
