/** trigger_retraining: the train command as a process of its own, awaited. Whether its model is served is for the gate to say. */
import { spawn } from 'node:child_process'
import type { Outcome } from './outcome.ts'

export interface RetrainingRequest {
  readonly command: string
  readonly args: readonly string[]
  /** Gets what the training prints: stdout belongs to the plan. */
  readonly onOutput: (text: string) => void
}

export function triggerRetraining({ command, args, onOutput }: RetrainingRequest): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput)
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ outcome: 'failed', detail: `the training could not be started (${error.code})` })
    })
    child.once('close', (code, signal) => {
      if (code === 0)
        resolve({ outcome: 'done', detail: 'a new version was trained; the gate has decided whether it is champion' })
      else resolve({ outcome: 'failed', detail: `the training ended with ${signal ?? `exit code ${code}`}` })
    })
  })
}
