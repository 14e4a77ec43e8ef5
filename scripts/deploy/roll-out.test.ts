/** A Cloud Run service played by an object: what it is told is kept, and traffic moves as gcloud would move it. */
import { expect, test } from 'vitest'
import { AppError } from '../../shared/core/errors.ts'
import { type Cloud, giveBack, type RollOutOptions, rollOut } from './roll-out.ts'

const [OLD, NEW] = ['predict-00007-old', 'predict-00008-new']

const OPTIONS: RollOutOptions = {
  service: 'predict',
  project: 'p',
  region: 'r',
  source: 'dist/predict',
  builder: 'builder@p',
  deployer: 'deployer@p',
  steps: [5, 50, 100],
  soakSeconds: 300,
  maxErrorRate: 0.01,
  request: '[{"tenure_months":9}]',
}

type Target = { revisionName: string; percent?: number; tag?: string; url?: string }

interface Played {
  readonly traffic?: readonly Target[]
  /** [requests, of these 5xx] at each look; those before do not count any more. */
  readonly seen?: readonly (readonly [number, number])[]
  /** Statuses of each path of the new revision, one after the other, the last for ever; 200 by default, 0: no answer. */
  readonly answers?: Readonly<Record<string, readonly number[]>>
  /** A word of the gcloud call that fails. */
  readonly failing?: string
  readonly cancelledAt?: number
}

function play({ traffic: first, seen = [], answers = {}, failing, cancelledAt }: Played = {}) {
  let traffic = first ?? [{ revisionName: OLD, percent: 100 }]
  const commands: string[] = []
  const calls: string[] = []
  const notes: string[] = []
  const asked: string[] = []
  const clock = { seconds: 0 }
  let waits = 0
  let looks = 0
  const gcloud = (args: readonly string[]) => {
    const command = args.join(' ')
    commands.push(command)
    if (failing !== undefined && command.includes(failing)) throw new AppError('DEPLOY_FAILED', `${failing} failed`)
    if (args[0] === 'auth') return `${args[1]}\n`
    if (args[1] === 'deploy') traffic = [...traffic, { revisionName: NEW, tag: 'candidate', url: 'https://candidate' }]
    const option = (name: string) => args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
    const shares = option('to-revisions')
      ?.split(',')
      .map(share => share.split('='))
    const [added, tagged] = option('update-tags')?.split('=') ?? []
    const gone = [added, ...(option('remove-tags')?.split(',') ?? [])]
    traffic = [
      ...(shares?.map(([revisionName, percent]) => ({ revisionName, percent: Number(percent) })) ??
        traffic.filter(({ tag }) => !tag)),
      ...traffic.filter(({ tag }) => tag && !gone.includes(tag)),
      ...(added ? [{ revisionName: tagged, tag: added, url: `https://${added}` }] : []),
    ]
    return JSON.stringify({ status: { url: 'https://predict', traffic } })
  }
  const cloud: Cloud = {
    note: text => notes.push(text),
    now: () => new Date(clock.seconds * 1000),
    async wait(seconds) {
      waits++
      if (waits === cancelledAt) throw new AppError('DEPLOY_FAILED', 'cancelled by SIGTERM')
      clock.seconds += seconds
    },
    gcloud: async args => gcloud(args),
    async call(url, { token, body }) {
      calls.push(`${token} ${body === undefined ? 'GET' : 'POST'} ${url}`)
      if (url.startsWith('https://candidate')) {
        const path = url.slice('https://candidate'.length)
        const statuses = answers[path] ?? [200]
        const at = Math.min(asked.filter(one => one === path).length, statuses.length - 1)
        asked.push(path)
        if (statuses[at] === 0) throw new AppError('DEPLOY_FAILED', 'the connection was lost')
        return { status: statuses[at], text: 'the answer' }
      }
      const [requests, errors] = seen[looks++] ?? [0, 0]
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
  return { cloud, commands, calls, notes, moves, traffic: () => traffic }
}

/** One look at each step. */
const BRIEF = { ...OPTIONS, soakSeconds: 60 }

test('a good revision gets 5 %, 50 % and then all traffic, after a smoke test on its own address', async () => {
  const { cloud, moves, calls, commands, traffic } = play({
    seen: [
      [100, 1],
      [1000, 0],
      [2000, 20],
    ],
  })
  expect(await rollOut(BRIEF, cloud)).toEqual({ revision: NEW })
  expect(moves()).toEqual([`${NEW}=5,${OLD}=95`, `${NEW}=50,${OLD}=50`, `${NEW}=100`, `${NEW}=100`])
  expect(traffic()).toEqual([{ revisionName: NEW, percent: 100 }])
  expect(calls.slice(0, 2)).toEqual([
    'print-identity-token GET https://candidate/health',
    'print-identity-token POST https://candidate/predict',
  ])
  const [deploy] = commands.filter(command => command.startsWith('run deploy'))
  expect(deploy).toContain('--no-traffic --tag=candidate')
  expect(deploy).toContain('--build-service-account=projects/p/serviceAccounts/builder@p')
  expect(deploy).toContain('--set-build-env-vars=GOOGLE_VENDOR_NPM_DEPENDENCIES=true')
  expect(commands.findIndex(command => command.includes('--audiences=https://predict '))).toBeGreaterThan(0)
})

test('each step is judged by what the new revision answered since it began, and in the three minutes before', async () => {
  const { cloud, calls } = play()
  await rollOut(OPTIONS, cloud)
  const queries = calls.flatMap(call => (call.includes('monitoring') ? [new URL(call.split(' ')[2]).searchParams] : []))
  const windows = queries.map(query => [query.get('interval.startTime'), query.get('interval.endTime')])
  expect(windows.filter((_, look) => look % 5 === 4)).toEqual([
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:05:00.000Z'],
    ['1970-01-01T00:02:00.000Z', '1970-01-01T00:10:00.000Z'],
    ['1970-01-01T00:07:00.000Z', '1970-01-01T00:15:00.000Z'],
  ])
  expect(windows.slice(0, 2).map(([, end]) => end)).toEqual(['1970-01-01T00:01:00.000Z', '1970-01-01T00:02:00.000Z'])
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
  const { cloud, moves, traffic } = play({ seen })
  await expect(rollOut(BRIEF, cloud)).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    message: expect.stringMatching(
      /2 of 100 requests seen were answered with 5xx; allowed: 1 %; predict-00007-old serves/,
    ),
  })
  expect(moves()).toEqual(expected)
  expect(traffic()).toEqual([{ revisionName: OLD, percent: 100 }])
})

test('many 5xx end a step as soon as they are seen, a few wait for its end', async () => {
  const many = play({ seen: [[11, 10]] })
  await expect(rollOut(OPTIONS, many.cloud)).rejects.toThrow('10 of 11 requests')
  expect(many.calls.filter(call => call.includes('monitoring')).length).toBe(1)
  const few = play({
    seen: [
      [9, 9],
      [900, 9],
      [900, 9],
      [900, 9],
      [900, 9],
    ],
  })
  await rollOut(OPTIONS, few.cloud)
  expect(few.moves().at(-1)).toBe(`${NEW}=100`)
})

test('a step without any request says so, and is judged by a second smoke test', async () => {
  const quiet = play()
  await rollOut(BRIEF, quiet.cloud)
  expect(quiet.notes.filter(note => note.includes('no request was seen')).length).toBe(3)
  const broken = play({ answers: { '/predict': [200, 500] } })
  await expect(rollOut(BRIEF, broken.cloud)).rejects.toThrow(
    `/predict of the new revision answers 500: the answer; ${OLD} serves all requests again`,
  )
  expect(broken.moves()).toEqual([`${NEW}=5,${OLD}=95`, `${OLD}=100`])
})

test.each(['/health', '/predict'])('a revision whose %s does not answer 200 never gets a request', async path => {
  const { cloud, moves, traffic } = play({ answers: { [path]: [503] } })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow(
    `${path} of the new revision answers 503: the answer; ${OLD} serves, and no traffic was moved to ${NEW}`,
  )
  expect(moves()).toEqual([])
  expect(traffic()).toEqual([{ revisionName: OLD, percent: 100 }])
})

test('the address of a revision that was on trial before is given up before the next one gets it', async () => {
  const left = { revisionName: 'predict-00006-lost', tag: 'candidate', url: 'https://candidate' }
  const { cloud, commands } = play({ traffic: [{ revisionName: OLD, percent: 100 }, left] })
  await rollOut(BRIEF, cloud)
  const at = (word: string) => commands.findIndex(command => command.includes(word))
  expect(at('--remove-tags=candidate')).toBeGreaterThan(0)
  expect(at('--remove-tags=candidate')).toBeLessThan(at('run deploy'))
})

test('an address that is not there yet, or does not answer, is asked again, and not for ever', async () => {
  const { cloud } = play({ answers: { '/health': [404, 0, 200], '/predict': [200, 0, 200] } })
  expect(await rollOut(BRIEF, cloud)).toEqual({ revision: NEW })
  const lost = play({ answers: { '/predict': [200, 0] } })
  await expect(rollOut(BRIEF, lost.cloud)).rejects.toThrow(
    `/predict of the new revision: the connection was lost; ${OLD} serves all requests again`,
  )
})

test('a build that fails moves no traffic', async () => {
  const { cloud, moves } = play({ failing: 'run deploy' })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow('run deploy failed')
  expect(moves()).toEqual([])
})

test('a job that is cancelled, or cannot read the error rate, gives all traffic back', async () => {
  const cancelled = play({ cancelledAt: 3 })
  await expect(rollOut(OPTIONS, cancelled.cloud)).rejects.toThrow('cancelled by SIGTERM; predict-00007-old serves')
  const blind = play({ failing: 'print-access-token' })
  await expect(rollOut(OPTIONS, blind.cloud)).rejects.toThrow('print-access-token failed; predict-00007-old serves')
  for (const { moves } of [cancelled, blind]) expect(moves().at(-1)).toBe(`${OLD}=100`)
})

test('a job that is cancelled before any traffic was moved moves none', async () => {
  const { cloud, moves, traffic } = play({ cancelledAt: 1 })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow(`cancelled by SIGTERM; ${OLD} serves, and no traffic was moved`)
  expect([moves(), traffic()]).toEqual([[], [{ revisionName: OLD, percent: 100 }]])
})

test('a way back that fails too is said together with why it was taken', async () => {
  const { cloud } = play({ failing: '--to-revisions=predict-00007-old=100', seen: [[10, 10]] })
  await expect(rollOut(BRIEF, cloud)).rejects.toThrow(
    /10 of 10 requests.*giving predict-00007-old all traffic back failed too, do it by hand: --to-revisions/,
  )
})

test('a service that Terraform has not made yet is named as the reason', async () => {
  const { cloud } = play()
  const empty: Cloud = { ...cloud, gcloud: async () => JSON.stringify({ status: {} }) }
  await expect(rollOut(OPTIONS, empty)).rejects.toThrow('terraform apply')
})

/** What a process leaves that was killed while its new revision had half of the requests. */
async function cutOff() {
  const played = play()
  const dead = new Promise<never>(() => {})
  const killed: Cloud = { ...played.cloud, wait: () => (played.moves().length === 2 ? dead : played.cloud.wait(60)) }
  rollOut(BRIEF, killed)
  await expect.poll(played.moves).toHaveLength(2)
  return played.traffic()
}

test('what a killed roll-out left is given back by another process, and then there is nothing to give back', async () => {
  const { cloud, moves, traffic } = play({ traffic: await cutOff() })
  expect(await giveBack(OPTIONS, cloud)).toBe(OLD)
  expect(moves()).toEqual([`${OLD}=100`])
  expect(traffic()).toEqual([{ revisionName: OLD, percent: 100 }])
  expect(await giveBack(OPTIONS, cloud)).toBeUndefined()
})

test('the next roll-out after a killed one gives its traffic back first, and back to the same revision', async () => {
  const { cloud, moves } = play({ traffic: await cutOff(), answers: { '/health': [503] } })
  await expect(rollOut(OPTIONS, cloud)).rejects.toThrow('no traffic was moved')
  expect(moves()).toEqual([`${OLD}=100`])
})

test('a roll-out that has ended leaves nothing to give back, whether it went well or not', async () => {
  for (const seen of [[], [[10, 10]]] as const) {
    const { cloud } = play({ seen })
    await rollOut(BRIEF, cloud).catch(() => {})
    expect(await giveBack(OPTIONS, cloud)).toBeUndefined()
  }
})
