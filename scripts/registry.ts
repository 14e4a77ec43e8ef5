/** `npm run registry`: model versions and the champion, the gate between them, and the log of every decision. */
import { modelUriOf, parseConfig } from '../functions/config.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { compareWith } from '../shared/adapters/registry/challenge.ts'
import { championBefore } from '../shared/adapters/registry/champion-before.ts'
import { type Decision, decisionOf } from '../shared/adapters/registry/decision.ts'
import { openChallenger } from '../shared/adapters/registry/held-out-rows.ts'
import { latestVersion } from '../shared/adapters/registry/latest-version.ts'
import { type ModelStore, openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openNamedModel } from '../shared/adapters/registry/named-model.ts'
import { promoteByForce, promoteByGate } from '../shared/adapters/registry/promote-by-gate.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { defineCommand, runCommand, type Terminal } from './cli.ts'
import { type Progress, readingBar, withProgress } from './progress.ts'
import { comparisonText, decisionText, listText, logText, readListing, showText } from './registry-text.ts'
import { userName } from './user-name.ts'

const ACTIONS = ['list', 'show', 'compare', 'promote', 'rollback', 'log'] as const

type Action = (typeof ACTIONS)[number]

export const registryCommand = defineCommand({
  name: 'registry',
  summary: 'Shows model versions and the champion, compares two versions, promotes one through the gate, goes back.',
  example: 'npm run registry -- promote 20261121.ab12cd3.2 --reason "the new campaign"',
  words: [
    { placeholder: ACTIONS.join('|'), description: 'what to do (default: list)' },
    {
      placeholder: 'VERSION',
      description:
        'a version, champion or latest (the one made last): what to show (default: champion), the challenger to compare or promote',
    },
    { placeholder: 'OTHER', description: 'compare: the version it meets (default: champion)' },
  ],
  options: {
    contract: { type: 'string', placeholder: 'NAME|FILE', description: 'whose registry is meant (default: CONTRACT)' },
    data: {
      type: 'string',
      placeholder: 'FILE',
      description: "compare, promote: the labelled table to judge on (default: the challenger's held-out rows)",
    },
    force: { type: 'boolean', description: 'promote past the gate; the log says so' },
    reason: { type: 'string', description: 'why, for the log' },
    by: { type: 'string', placeholder: 'NAME', description: 'who asks or decides, for the log (default: the user)' },
  },
  async run(args, terminal) {
    const action = actionOf(args.words[0])
    const config = parseConfig()
    const { name } = await readContract(args.contract ?? config.contract, { root: '' })
    const store = openModelStore(openStorage(modelUriOf(name), { gcsApiEndpoint: config.gcsApiEndpoint }))
    const [, version, other] = args.words
    checkWords(action, args.words)
    checkOptions(action, args)
    const request: RegistryRequest = { ...args, store, terminal, version, other, by: args.by ?? userName() }
    return PERFORM[action](request)
  },
})

interface RegistryRequest {
  readonly store: ModelStore
  readonly terminal: Terminal
  readonly version: string | undefined
  readonly other: string | undefined
  readonly data: string | undefined
  readonly force: boolean
  readonly reason: string | undefined
  readonly by: string
}

const PERFORM: Readonly<Record<Action, (request: RegistryRequest) => Promise<number>>> = {
  async list({ store, terminal }) {
    const listing = await readListing(store)
    terminal.result(listing, listText(listing))
    return 0
  },
  async show({ store, terminal, version = 'champion' }) {
    const { manifest } = await openNamedModel(await nameOf(store, version), store)
    const { decisions } = await store.log()
    const own = decisions.filter(decision => decision.version === manifest.version)
    terminal.result({ ...manifest, decisions: own }, showText(manifest, own))
    return 0
  },
  async compare({ store, terminal, version, other = 'champion', data }) {
    const [challenger, opponent] = [await versionOf(store, version ?? 'latest'), await versionOf(store, other)]
    if (challenger === opponent) {
      const message = `${challenger} would meet itself; compare needs two versions, and registry list shows them`
      throw new AppError('USAGE', message)
    }
    const report = await withProgress({ enabled: terminal.interactive }, async progress =>
      compareWith(store, opponent, await openChallenger(store, challenger, judging(data, progress))),
    )
    terminal.result({ challenger, champion: opponent, ...report }, comparisonText(challenger, opponent, report))
    return 0
  },
  async promote(request) {
    const { store, terminal, version = '' } = request
    const challenger = await versionOf(store, version)
    const champion = await store.champion().catch(unlessDamaged)
    if (champion?.version === challenger) {
      terminal.result(decisionOf(champion), `${challenger} is champion already; nothing was changed`)
      return 0
    }
    const decision = await decide(request, challenger)
    terminal.result(decision, decisionText(decision))
    return decision.verdict === 'refused' ? 1 : 0
  },
  async rollback({ store, terminal, by, reason = 'asked for' }) {
    const history = await store.history()
    const current = history.at(-1)
    const version = championBefore(history)
    if (!current || version === undefined) {
      const left = current ? `${current.version} is the first champion` : 'there is no champion'
      throw new AppError('CONFLICT', `nothing to go back to: ${left}`)
    }
    const at = new Date().toISOString()
    const pointer = await store.promote(version, { at, by, reason, expect: current.n, verdict: 'rolled_back' })
    terminal.result(decisionOf(pointer), decisionText(decisionOf(pointer)))
    return 0
  },
  async log({ store, terminal }) {
    const { decisions, unreadable } = await store.log()
    for (const file of unreadable) terminal.note(file)
    terminal.result(decisions, logText(decisions))
    return 0
  },
}

const DECIDING = ['data', 'force', 'reason', 'by'] as const

interface Takes {
  /** Words beside the action. */
  readonly least: number
  readonly most: number
  readonly options: readonly (typeof DECIDING)[number][]
}

const TAKES: Readonly<Record<Action, Takes>> = {
  list: { least: 0, most: 0, options: [] },
  show: { least: 0, most: 1, options: [] },
  compare: { least: 0, most: 2, options: ['data'] },
  promote: { least: 1, most: 1, options: DECIDING },
  rollback: { least: 0, most: 0, options: ['reason', 'by'] },
  log: { least: 0, most: 0, options: [] },
}

function actionOf(word = 'list'): Action {
  const action = ACTIONS.find(name => name === word)
  if (action) return action
  throw new AppError('USAGE', `the action is ${quoteValue(word)}; allowed: ${ACTIONS.join(', ')}`)
}

function checkWords(action: Action, words: readonly string[]): void {
  const { least, most } = TAKES[action]
  const given = Math.max(0, words.length - 1)
  if (given < least) throw new AppError('USAGE', `${action} needs a version; registry list shows them`)
  if (given > most) throw new AppError('USAGE', `${action} takes ${most} versions; got ${given}`)
}

/** An option that would change nothing is a misunderstanding. */
function checkOptions(action: Action, given: Readonly<Partial<Record<(typeof DECIDING)[number], unknown>>>): void {
  const { options } = TAKES[action]
  const idle = DECIDING.find(option => given[option] && !options.includes(option))
  if (idle === undefined) return
  const allowed = options.map(option => `--${option}`).join(', ') || 'none'
  throw new AppError('USAGE', `${action} takes no --${idle}; allowed: ${allowed}, beside --contract and --json`)
}

/** A promotion that is to be forced does not fail because the numbers cannot be had: the log then has none. */
async function decide(request: RegistryRequest, version: string): Promise<Decision> {
  const { store, terminal, data, force, by, reason } = request
  return withProgress({ enabled: terminal.interactive }, async progress => {
    const opening = openChallenger(store, version, judging(data, progress))
    const facts = { at: new Date().toISOString(), by }
    if (!force) return promoteByGate(store, await opening, { ...facts, ...(reason === undefined ? {} : { reason }) })
    const challenger = await opening.catch(error => {
      if (!(error instanceof AppError)) throw error
      terminal.note(`not compared: ${error.message}`)
      return undefined
    })
    return promoteByForce(store, version, {
      ...facts,
      reason: reason ?? 'asked for',
      ...(challenger ? { challenger } : {}),
    })
  })
}

function judging(data: string | undefined, progress: Progress) {
  return { root: '', onProgress: readingBar(progress), ...(data === undefined ? {} : { data }) }
}

/** `champion` and `latest` as the versions they are. */
async function versionOf(store: ModelStore, name: string): Promise<string> {
  if (name === 'champion') return (await openNamedModel(name, store)).manifest.version
  return nameOf(store, name)
}

async function nameOf(store: ModelStore, name: string): Promise<string> {
  return name === 'latest' ? latestVersion(store) : name
}

function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'MODEL_CORRUPT')) throw error
}

if (import.meta.main) await runCommand(registryCommand)
