/** `npm run roll-out`: what deploy/roll-out.ts does, with gcloud, the network and the clock. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readBytes } from '../shared/adapters/files/read-bytes.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { defineCommand, runCommand } from './cli.ts'
import { type Cloud, giveBack, rollOut } from './deploy/roll-out.ts'

const CALL_TIMEOUT_MS = 60_000

export const rollOutCommand = defineCommand({
  name: 'roll-out',
  summary:
    'Deploys one function with gcloud: no traffic, a smoke test, then its traffic in steps, and back when it fails.',
  example:
    'npm run roll-out -- --function predict --source dist/predict --project P --region us-central1 --builder B --deployer D',
  options: {
    function: { type: 'string', description: 'the function, which is also the name of its service' },
    source: { type: 'string', placeholder: 'FOLDER', description: 'what npm run build made of it' },
    project: { type: 'string', description: 'the Google Cloud project' },
    region: { type: 'string', description: 'the region of the service' },
    builder: { type: 'string', placeholder: 'EMAIL', description: 'the service account that builds' },
    deployer: { type: 'string', placeholder: 'EMAIL', description: 'the service account that this runs as' },
    request: { type: 'string', placeholder: 'FILE', description: 'JSON that the new revision must answer with 200' },
    steps: {
      type: 'string',
      default: '5,50,100',
      placeholder: 'LIST',
      description: 'percent of the traffic, step by step',
    },
    soak: { type: 'integer', default: 300, minimum: 0, description: 'seconds that each step is watched' },
    'give-back': {
      type: 'boolean',
      description: 'only: after a roll-out that was cut off, all traffic to the revision that had it before',
    },
    'max-errors': { type: 'number', default: 1, minimum: 0, maximum: 100, description: 'largest percentage of 5xx' },
  },
  async run(args, terminal) {
    const given = (name: 'function' | 'source' | 'project' | 'region' | 'builder' | 'deployer') => {
      const value = args[name]
      if (value === undefined) throw new AppError('USAGE', `--${name} is absent; it has to be given`)
      return value
    }
    const place = { service: given('function'), project: given('project'), region: given('region') }
    const { service } = place
    const cloud = openCloud(text => terminal.note(text))
    if (args['give-back']) {
      const before = await giveBack(place, cloud)
      const text = before ? `${before} serves all requests again` : 'no roll-out was cut off'
      terminal.result({ service, given_back_to: before ?? null }, `${service}: ${text}`)
      return
    }
    const { revision } = await rollOut(
      {
        ...place,
        source: given('source'),
        builder: given('builder'),
        deployer: given('deployer'),
        steps: parseSteps(args.steps),
        soakSeconds: args.soak,
        maxErrorRate: args['max-errors'] / 100,
        request: args.request === undefined ? undefined : new TextDecoder().decode(await readBytes(args.request)),
      },
      cloud,
    )
    terminal.result({ service, revision }, `${service}: ${revision} serves all requests`)
  },
})

/** Ascending whole percentages that end with 100. */
export function parseSteps(text: string): number[] {
  const steps = text.split(',').map(step => (/^\d{1,3}$/.test(step) ? Number(step) : 0))
  const ascend = steps.every((step, i) => step > (steps[i - 1] ?? 0))
  if (!ascend || steps.at(-1) !== 100) {
    throw new AppError('USAGE', `--steps is ${quoteValue(text)}; allowed: ascending percentages that end with 100`)
  }
  return steps
}

function openCloud(note: (text: string) => void): Cloud {
  const run = promisify(execFile)
  // A cancelled job gets a signal; what is then waited for ends, and the traffic goes back before the process does.
  const cancelled = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => cancelled.abort(new AppError('DEPLOY_FAILED', `cancelled by ${signal}`)))
  }
  return {
    note,
    now: () => new Date(),
    async gcloud(args) {
      try {
        return (await run('gcloud', args, { maxBuffer: 64 * 1024 * 1024 })).stdout
      } catch (cause) {
        const { stderr = '', message } = cause as { stderr?: string; message: string }
        // Before it gcloud draws its progress.
        const reason = stderr.slice(Math.max(0, stderr.lastIndexOf('ERROR:'))).trim() || message
        throw new AppError('DEPLOY_FAILED', `gcloud ${args.slice(0, 3).join(' ')} failed: ${reason}`, { cause })
      }
    },
    async call(url, { token, body }) {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      }
      const method = body === undefined ? 'GET' : 'POST'
      try {
        const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) })
        return { status: answer.status, text: await answer.text() }
      } catch (cause) {
        const { message, cause: inner } = cause as Error
        const reason = inner instanceof Error ? inner.message : message
        throw new AppError('DEPLOY_FAILED', `${new URL(url).origin} does not answer: ${reason}`, { cause })
      }
    },
    async wait(seconds) {
      await sleep(seconds * 1000, undefined, { signal: cancelled.signal }).catch(() => {
        throw cancelled.signal.reason
      })
    },
  }
}

if (import.meta.main) await runCommand(rollOutCommand)
