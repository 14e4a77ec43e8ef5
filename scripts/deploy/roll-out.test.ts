/** A Cloud Run service played by an object: what it is told is kept, and traffic moves as gcloud would move it. */
import { expect, test } from 'vitest'
import { AppError } from '../../shared/core/errors.ts'
import { type Cloud, type RollOutOptions, rollOut } from './roll-out.ts'

const OPTIONS: RollOutOptions = {
  service: 'predict',
  project: 'p',
  region: 'r',
  source: 'dist/predict',
  vendored: true,
  builder: 'builder@p',
  deployer: 'deployer@p',
  steps: [5, 50, 100],
  soakSeconds: 300,
  maxErrorRate: 0.01,
  request: '[{"tenure_months":9}]',
}

interface Played {
  /** [requests, of these 5xx] of each step watched. */
  readonly seen?: readonly (readonly [number, number])[]
  /** Status of each path of the new revision; 200 by default. */
  readonly answers?: Readonly<Record<string, number>>
  /** A word of the gcloud call that fails. */
  readonly failing?: string
  readonly cancelledAt?: number
}

function play({ seen = [], answers = {}, failing, cancelledAt }: Played = {}) {
  let traffic: { revisionName: string; percent?: number; tag?: string; url?: string }[] = [
    { revisionName: 'predict-00007-old', percent: 100 },
  ]
  const commands: string[] = []
  const calls: string[] = []
  const clock = { seconds: 0 }
  let waits = 0
  let watched = 0
  const cloud: Cloud = {
    note: () => {},
    now: () => new Date(clock.seconds * 1000),
    async wait(seconds) {
      waits++
      if (waits === cancelledAt) throw new AppError('DEPLOY_FAILED', 'cancelled by SIGTERM')
      clock.seconds += seconds
    },
    async gcloud(args) {
      const command = args.join(' ')
      commands.push(command)
      if (failing !== undefined && command.includes(failing)) throw new AppError('DEPLOY_FAILED', `${failing} failed`)
      if (args[0] === 'auth') return `${args[1]}\n`
      if (args[1] === 'deploy') {
        traffic = [
          ...traffic,
          { revisionName: 'predict-00008-new', tag: 'candidate', url: 'https://candidate---predict' },
        ]
      }
      const shares = args.find(arg => arg.startsWith('--to-revisions='))?.slice('--to-revisions='.length)
      if (shares !== undefined) {
        traffic = [
          ...shares.split(',').map(share => {
            const [revisionName, percent] = share.split('=')
            return { revisionName, percent: Number(percent) }
          }),
          ...traffic.filter(({ tag }) => tag),
        ]
      }
      return JSON.stringify({ status: { url: 'https://predict', traffic } })
    },
    async call(url, { token, body }) {
      calls.push(`${token} ${body === undefined ? 'GET' : 'POST'} ${url}`)
      if (url.startsWith('https://candidate---predict')) {
        return { status: answers[url.slice('https://candidate---predict'.length)] ?? 200, text: 'the answer' }
      }
      const [requests, errors] = seen[watched++] ?? [0, 0]
      const series = (response_code_class: string, count: number) => ({
        metric: { labels: { response_code_class } },
        points: [{ value: { int64Value: String(count) } }],
      })
      return {
        status: 200,
        text: JSON.stringify({ timeSeries: [series('2xx', requests - errors), series('5xx', errors)] }),
      }
    },
  }
  const moves = () => commands.flatMap(command => command.match(/--to-revisions=(\S+)/)?.[1] ?? [])
  return { cloud, commands, calls, moves, traffic: () => traffic }
}

const [OLD, NEW] = ['predict-00007-old', 'predict-00008-new']

test('a good revision gets 5 %, 50 % and then all traffic, after a smoke test on its own address', async () => {
  const { cloud, moves, calls, commands } = play({
    seen: [
      [100, 1],
      [1000, 0],
      [2000, 20],
    ],
  })
  expect(await rollOut(OPTIONS, cloud)).toEqual({ revision: NEW })
  expect(moves()).toEqual([`${NEW}=5,${OLD}=95`, `${NEW}=50,${OLD}=50`, `${NEW}=100`])
  expect(calls.slice(0, 2)).toEqual([
    'print-identity-token GET https://candidate---predict/health',
    'print-identity-token POST https://candidate---predict/predict',
  ])
  const [deploy] = commands.filter(command => command.startsWith('run deploy'))
  expect(deploy).toContain('--no-traffic --tag=candidate')
  expect(deploy).toContain('--build-service-account=projects/p/serviceAccounts/builder@p')
  expect(commands.findIndex(command => command.includes('--audiences=https://predict '))).toBeGreaterThan(0)
})

test('each step is judged by what the new revision answered since the step began', async () => {
  const { cloud, calls } = play()
  await rollOut(OPTIONS, cloud)
  const queries = calls.slice(2).map(call => new URL(call.split(' ')[2]).searchParams)
  expect(queries.map(query => [query.get('interval.startTime'), query.get('interval.endTime')])).toEqual([
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:05:00.000Z'],
    ['1970-01-01T00:05:00.000Z', '1970-01-01T00:10:00.000Z'],
    ['1970-01-01T00:10:00.000Z', '1970-01-01T00:15:00.000Z'],
  ])
  expect(queries[0].get('filter')).toContain(`resource.labels.revision_name = "${NEW}"`)
})

test.each([
  [1, [[100, 2]], [`${NEW}=5,${OLD}=95`, `${OLD}=100`]],
  [
    2,
    [
      [100, 0],
      [100, 2],
    ],
    [`${NEW}=5,${OLD}=95`, `${NEW}=50,${OLD}=50`, `${OLD}=100`],
  ],
  [
    3,
    [
      [100, 0],
      [100, 0],
      [100, 2],
    ],
    [`${NEW}=5,${OLD}=95`, `${NEW}=50,${OLD}=50`, `${NEW}=100`, `${OLD}=100`],
  ],
] as const)('too many 5xx at step %i give all traffic back', async (_, seen, expected) => {
  const { cloud, moves } = play({ seen })
  await expect(rollOut(OPTIONS, cloud)).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    message: expect.stringMatching(
      /2 of 100 requests seen were answered with 5xx; allowed: 1 %; predict-00007-old serves/,
    ),
  })
  expect(moves()).toEqual(expected)
})

test.each(['/health', '/predict'])('a revision whose %s does not answer 200 never gets a request', async path => {
  const { cloud, moves } = play({ answers: { [path]: 503 } })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow(
    `${path} of the new revision answers 503: the answer; no traffic was moved`,
  )
  expect(moves()).toEqual([])
})

test('a build that fails moves no traffic', async () => {
  const { cloud, moves } = play({ failing: 'run deploy' })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow('run deploy failed')
  expect(moves()).toEqual([])
})

test('a job that is cancelled, or cannot read the error rate, gives all traffic back', async () => {
  const cancelled = play({ cancelledAt: 2 })
  await expect(rollOut(OPTIONS, cancelled.cloud)).rejects.toThrow('cancelled by SIGTERM; predict-00007-old serves')
  const blind = play({ failing: 'print-access-token' })
  await expect(rollOut(OPTIONS, blind.cloud)).rejects.toThrow('print-access-token failed; predict-00007-old serves')
  for (const { moves } of [cancelled, blind]) expect(moves().at(-1)).toBe(`${OLD}=100`)
})

test('a way back that fails too is said together with why it was taken', async () => {
  const { cloud } = play({ failing: '--to-revisions=predict-00007-old=100', seen: [[10, 10]] })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow(
    /10 of 10 requests.*giving predict-00007-old all traffic back failed too, do it by hand: --to-revisions/,
  )
})

test('a service that Terraform has not made yet is named as the reason', async () => {
  const { cloud } = play()
  const empty: Cloud = { ...cloud, gcloud: async () => JSON.stringify({ status: {} }) }
  await expect(rollOut(OPTIONS, empty)).rejects.toThrow('terraform apply')
})

test('only a bundle with its node_modules tells the build to keep them', async () => {
  const { cloud, commands } = play()
  await rollOut({ ...OPTIONS, vendored: false, request: undefined }, cloud)
  expect(commands.join('\n')).toContain('--clear-build-env-vars')
  expect(commands.join('\n')).not.toContain('GOOGLE_VENDOR_NPM_DEPENDENCIES')
})
