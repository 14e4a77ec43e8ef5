/**
 * New code of one function to all of its requests, in steps: a revision without traffic, a smoke test on its own address,
 * then more and more requests while its share of 5xx stays low. Whatever fails once a request has reached it, all traffic
 * goes back to the revision that had it before. While requests are split the service itself says who that was, by a tag,
 * so that a process that was killed leaves nothing that another cannot give back. Node only, no package: the job that may
 * deploy installs nothing.
 */
import { AppError } from '../../shared/core/errors.ts'
import { errorRateUrl, readErrorRate } from './error-rate.ts'
import { readTraffic, type Traffic } from './traffic.ts'

/** A function's service. */
export interface Service {
  /** The function, which is also the name of its service. */
  readonly service: string
  readonly project: string
  readonly region: string
}

export interface RollOutOptions extends Service {
  /** The folder that `npm run build` made of it. */
  readonly source: string
  /** The service account that builds. */
  readonly builder: string
  /** The service account that this runs as. */
  readonly deployer: string
  /** Ascending percentages, the last 100. */
  readonly steps: readonly number[]
  /** How long each step is watched. */
  readonly soakSeconds: number
  /** The largest share of 5xx, 0 to 1. */
  readonly maxErrorRate: number
  /** Body of a POST that must be answered with 200; undefined: only /health is asked. */
  readonly request: string | undefined
}

/** What a roll-out does to the world; tests bring their own. */
export interface Cloud {
  /** stdout of `gcloud` with these arguments. Rejects with DEPLOY_FAILED. */
  gcloud(args: readonly string[]): Promise<string>
  /** Status and body; `body` makes it a POST. Rejects with DEPLOY_FAILED when there is no answer. */
  call(
    url: string,
    options: { readonly token: string; readonly body?: string },
  ): Promise<{ status: number; text: string }>
  /** Rejects when the job is cancelled. */
  wait(seconds: number): Promise<void>
  now(): Date
  note(text: string): void
}

/**
 * The revision on trial. On the service only during a roll-out: the address of a tag that moves may lead to the revision
 * that had it before for a while, and a tagged revision keeps its least number of instances running.
 */
const CANDIDATE = 'candidate'
/** The revision that had all traffic before; on the service only while a roll-out moves it. */
const BEFORE = 'before'
/** Cloud Monitoring shows a request up to three minutes late. */
const MONITORING_DELAY_MS = 180_000
const POLL_SECONDS = 60
/** Fewer errors end a step only at its end, when there are more requests to hold them against. */
const ERRORS_THAT_CANNOT_WAIT = 10
/** A new address, and the first start of a revision, may take a moment; one lost connection is no reason to go back. */
const SMOKE_TRIES = 4
const SMOKE_PAUSE_SECONDS = 10

/** Resolves when the new revision has all traffic. Rejects with DEPLOY_FAILED, and then the old one has it. */
export async function rollOut(options: RollOutOptions, cloud: Cloud): Promise<{ revision: string }> {
  const { service, steps } = options
  const old = (await giveBack(options, cloud)) ?? (await readService(options, cloud)).serving
  await deploy(options, cloud)
  const { candidate, url } = await readService(options, cloud)
  if (candidate === undefined || candidate.revision === old) {
    throw failure(`${service} has no new revision with the tag ${CANDIDATE}; no traffic was moved`)
  }
  const { revision } = candidate
  const addresses = { url: candidate.url, audience: url }
  // Who was cancelled during the minutes of a build finds out here, before any traffic is moved.
  const tested = smokeTest(options, cloud, addresses).then(() => cloud.wait(0))
  await tested.catch(async error => {
    await removeTag(options, cloud).catch(lost => cloud.note(messageOf(lost)))
    throw failure(`${messageOf(error)}; ${old} serves, and no traffic was moved to ${revision}`)
  })
  cloud.note(`${revision} passed its smoke test; ${old} serves`)
  try {
    const began = cloud.now()
    for (const percent of steps) {
      const shares = percent === 100 ? { [revision]: 100 } : { [revision]: percent, [old]: 100 - percent }
      await moveTraffic(options, cloud, { shares, tags: `--update-tags=${BEFORE}=${old}` })
      await watch(options, cloud, { revision, percent, began, addresses })
    }
    await moveTraffic(options, cloud, { shares: { [revision]: 100 }, tags: `--remove-tags=${BEFORE},${CANDIDATE}` })
  } catch (cause) {
    const reason = messageOf(cause)
    await returnTraffic(options, cloud, old).catch(error => {
      throw failure(`${reason}; giving ${old} all traffic back failed too, do it by hand: ${messageOf(error)}`)
    })
    throw new AppError('DEPLOY_FAILED', `${reason}; ${old} serves all requests again`, { cause })
  }
  return { revision }
}

/** After a roll-out that was cut off: all traffic to the revision that had it before, and which that is. */
export async function giveBack(service: Service, cloud: Cloud): Promise<string | undefined> {
  const { before, candidate } = await readService(service, cloud)
  if (before === undefined) {
    if (candidate !== undefined) await removeTag(service, cloud)
    return undefined
  }
  await returnTraffic(service, cloud, before)
  cloud.note(`a roll-out of ${service.service} was cut off; ${before} serves all requests again`)
  return before
}

function failure(message: string): AppError {
  return new AppError('DEPLOY_FAILED', message)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const place = ({ project, region }: Service) => [`--project=${project}`, `--region=${region}`]

async function readService(service: Service, { gcloud }: Cloud): Promise<Traffic> {
  const command = ['run', 'services', 'describe', service.service, ...place(service), '--format=json']
  return readTraffic(await gcloud(command), { candidate: CANDIDATE, before: BEFORE })
}

/** The flags that are not here stay as Terraform has set them: account, environment, size. */
async function deploy(options: RollOutOptions, { gcloud }: Cloud): Promise<void> {
  const { service, source, project, builder } = options
  await gcloud([
    'run',
    'deploy',
    service,
    ...place(options),
    `--source=${source}`,
    `--function=${service}`,
    '--base-image=nodejs24',
    `--build-service-account=projects/${project}/serviceAccounts/${builder}`,
    '--set-build-env-vars=GOOGLE_VENDOR_NPM_DEPENDENCIES=true',
    '--no-traffic',
    `--tag=${CANDIDATE}`,
    '--quiet',
  ])
}

interface Addresses {
  /** The revision's own. */
  readonly url: string
  /** The service's, which a token must name. */
  readonly audience: string
}

async function smokeTest(
  { deployer, request, service }: RollOutOptions,
  cloud: Cloud,
  { url, audience }: Addresses,
): Promise<void> {
  const token = await cloud.gcloud([
    'auth',
    'print-identity-token',
    `--impersonate-service-account=${deployer}`,
    `--audiences=${audience}`,
    '--include-email',
  ])
  const asked = [
    { path: '/health', body: undefined },
    ...(request === undefined ? [] : [{ path: `/${service}`, body: request }]),
  ]
  for (const { path, body } of asked) {
    for (let tries = 1; ; tries++) {
      const answer = await cloud.call(`${url}${path}`, { token: token.trim(), body }).catch(messageOf)
      if (typeof answer !== 'string' && answer.status === 200) break
      if (tries === SMOKE_TRIES) {
        const said =
          typeof answer === 'string' ? `: ${answer}` : ` answers ${answer.status}: ${answer.text.slice(0, 300)}`
        throw failure(`${path} of the new revision${said}`)
      }
      await cloud.wait(SMOKE_PAUSE_SECONDS)
    }
  }
}

function returnTraffic(service: Service, cloud: Cloud, revision: string): Promise<void> {
  return moveTraffic(service, cloud, { shares: { [revision]: 100 }, tags: `--remove-tags=${BEFORE},${CANDIDATE}` })
}

async function removeTag(service: Service, { gcloud }: Cloud): Promise<void> {
  await gcloud([...updateTraffic(service), `--remove-tags=${CANDIDATE}`, '--quiet'])
}

const updateTraffic = (service: Service) => ['run', 'services', 'update-traffic', service.service, ...place(service)]

async function moveTraffic(
  service: Service,
  { gcloud, note }: Cloud,
  { shares, tags }: { readonly shares: Readonly<Record<string, number>>; readonly tags: string },
): Promise<void> {
  const list = Object.entries(shares).map(([revision, percent]) => `${revision}=${percent}`)
  await gcloud([...updateTraffic(service), `--to-revisions=${list.join(',')}`, tags, '--quiet'])
  note(`traffic: ${list.join(', ')}`)
}

interface Step {
  readonly revision: string
  readonly percent: number
  /** When the first request could reach it. */
  readonly began: Date
  readonly addresses: Addresses
}

/**
 * Judged are the requests since the step began, and of the step before it those that could not be seen then. Without any
 * request a step passes by a second smoke test, and says so: a service that nobody calls could otherwise never be deployed.
 */
async function watch(options: RollOutOptions, cloud: Cloud, step: Step): Promise<void> {
  const { began, revision, percent, addresses } = step
  const start = new Date(Math.max(began.getTime(), cloud.now().getTime() - MONITORING_DELAY_MS))
  let left = options.soakSeconds
  for (; left > POLL_SECONDS; left -= POLL_SECONDS) {
    await cloud.wait(POLL_SECONDS)
    // What cannot be read now is read at the end of the step.
    const early = await countAnswers(options, cloud, { revision, start }).catch(() => ({ requests: 0, errors: 0 }))
    if (early.errors >= ERRORS_THAT_CANNOT_WAIT) judge(options, step, early)
  }
  await cloud.wait(left)
  const answers = await countAnswers(options, cloud, { revision, start })
  judge(options, step, answers)
  await smokeTest(options, cloud, addresses)
  cloud.note(
    answers.requests === 0
      ? `${revision} at ${percent} %: no request was seen; only the smoke test, passed again, speaks for this step`
      : `${revision} at ${percent} %: ${answers.errors} of ${answers.requests} requests seen were answered with 5xx`,
  )
}

interface Answers {
  readonly requests: number
  readonly errors: number
}

function judge({ maxErrorRate }: RollOutOptions, { revision, percent }: Step, { requests, errors }: Answers): void {
  if (errors <= maxErrorRate * requests) return
  const seen = `${revision} at ${percent} %: ${errors} of ${requests} requests seen were answered with 5xx`
  throw failure(`${seen}; allowed: ${100 * maxErrorRate} %`)
}

async function countAnswers(
  { project, service }: RollOutOptions,
  { gcloud, call, now }: Cloud,
  { revision, start }: { readonly revision: string; readonly start: Date },
): Promise<Answers> {
  const token = (await gcloud(['auth', 'print-access-token'])).trim()
  const { status, text } = await call(errorRateUrl({ project, service, revision, start, end: now() }), { token })
  if (status !== 200) throw failure(`Cloud Monitoring answers ${status}: ${text.slice(0, 300)}`)
  return readErrorRate(text)
}
