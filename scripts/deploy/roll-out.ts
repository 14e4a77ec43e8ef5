/**
 * New code of one function to all of its requests, in steps: a revision without traffic, a smoke test on its own address,
 * then more and more requests while its share of 5xx stays low. Whatever fails once a request has reached it, all traffic
 * goes back to the revision that had it before. Node only, no package: the job that may deploy installs nothing.
 */
import { AppError } from '../../shared/core/errors.ts'
import { errorRateUrl, readErrorRate } from './error-rate.ts'
import { readTraffic } from './traffic.ts'

export interface RollOutOptions {
  /** The function, which is also the name of its service. */
  readonly service: string
  readonly project: string
  readonly region: string
  /** The folder that `npm run build` made of it. */
  readonly source: string
  /** The source has its node_modules with it, which are to be kept as they are. */
  readonly vendored: boolean
  /** The service account that builds. */
  readonly builder: string
  /** The service account that this runs as. */
  readonly deployer: string
  /** Ascending percentages, the last 100. */
  readonly steps: readonly number[]
  /** How long each step is watched. Cloud Monitoring shows a request up to three minutes late. */
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
  /** Status and body; `body` makes it a POST. */
  call(
    url: string,
    options: { readonly token: string; readonly body?: string },
  ): Promise<{ status: number; text: string }>
  /** Rejects when the job is cancelled. */
  wait(seconds: number): Promise<void>
  now(): Date
  note(text: string): void
}

const TAG = 'candidate'

/** Resolves when the new revision has all traffic. Rejects with DEPLOY_FAILED, and then the old one has it. */
export async function rollOut(options: RollOutOptions, cloud: Cloud): Promise<{ revision: string }> {
  const { service, steps } = options
  const before = readTraffic(await describe(options, cloud), TAG)
  await deploy(options, cloud)
  const { candidate, url } = readTraffic(await describe(options, cloud), TAG)
  if (candidate === undefined || candidate.revision === before.serving) {
    throw failure(`${service} has no new revision with the tag ${TAG}; no traffic was moved`)
  }
  const { revision } = candidate
  await smokeTest(options, cloud, { url: candidate.url, audience: url })
  cloud.note(`${revision} passed its smoke test; ${before.serving} serves`)
  try {
    for (const percent of steps) {
      await moveTraffic(
        options,
        cloud,
        percent === 100 ? { [revision]: 100 } : { [revision]: percent, [before.serving]: 100 - percent },
      )
      await watch(options, cloud, { revision, percent })
    }
  } catch (cause) {
    const reason = messageOf(cause)
    await moveTraffic(options, cloud, { [before.serving]: 100 }).catch(error => {
      throw failure(
        `${reason}; giving ${before.serving} all traffic back failed too, do it by hand: ${messageOf(error)}`,
      )
    })
    throw new AppError('DEPLOY_FAILED', `${reason}; ${before.serving} serves all requests again`, { cause })
  }
  return { revision }
}

function failure(message: string): AppError {
  return new AppError('DEPLOY_FAILED', message)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const place = ({ project, region }: RollOutOptions) => [`--project=${project}`, `--region=${region}`]

function describe(options: RollOutOptions, { gcloud }: Cloud): Promise<string> {
  return gcloud(['run', 'services', 'describe', options.service, ...place(options), '--format=json'])
}

/** The flags that are not here stay as Terraform has set them: account, environment, size. */
async function deploy(options: RollOutOptions, { gcloud }: Cloud): Promise<void> {
  const { service, source, vendored, project, builder } = options
  await gcloud([
    'run',
    'deploy',
    service,
    ...place(options),
    `--source=${source}`,
    `--function=${service}`,
    '--base-image=nodejs24',
    `--build-service-account=projects/${project}/serviceAccounts/${builder}`,
    vendored ? '--set-build-env-vars=GOOGLE_VENDOR_NPM_DEPENDENCIES=true' : '--clear-build-env-vars',
    '--no-traffic',
    `--tag=${TAG}`,
    '--quiet',
  ])
}

async function smokeTest(
  { deployer, request, service }: RollOutOptions,
  { gcloud, call }: Cloud,
  { url, audience }: { url: string; audience: string },
): Promise<void> {
  const token = await gcloud([
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
    const { status, text } = await call(`${url}${path}`, { token: token.trim(), body })
    if (status === 200) continue
    throw failure(`${path} of the new revision answers ${status}: ${text.slice(0, 300)}; no traffic was moved`)
  }
}

async function moveTraffic(
  options: RollOutOptions,
  { gcloud, note }: Cloud,
  shares: Readonly<Record<string, number>>,
): Promise<void> {
  const list = Object.entries(shares).map(([revision, percent]) => `${revision}=${percent}`)
  await gcloud([
    'run',
    'services',
    'update-traffic',
    options.service,
    ...place(options),
    `--to-revisions=${list.join(',')}`,
    '--quiet',
  ])
  note(`traffic: ${list.join(', ')}`)
}

/** A step with no request seen passes: a service that nobody calls could otherwise never be deployed. */
async function watch(
  options: RollOutOptions,
  cloud: Cloud,
  { revision, percent }: { revision: string; percent: number },
): Promise<void> {
  const start = cloud.now()
  await cloud.wait(options.soakSeconds)
  const token = (await cloud.gcloud(['auth', 'print-access-token'])).trim()
  const url = errorRateUrl({ project: options.project, service: options.service, revision, start, end: cloud.now() })
  const { status, text } = await cloud.call(url, { token })
  if (status !== 200) throw failure(`Cloud Monitoring answers ${status}: ${text.slice(0, 300)}`)
  const { requests, errors } = readErrorRate(text)
  const seen = `${revision} at ${percent} %: ${errors} of ${requests} requests seen were answered with 5xx`
  if (errors > options.maxErrorRate * requests) throw failure(`${seen}; allowed: ${100 * options.maxErrorRate} %`)
  cloud.note(seen)
}
