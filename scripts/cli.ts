/**
 * What every command shares: one table of options that gives parsing, --help and messages; exit codes (0 done, 1 the work
 * says no, 2 wrong usage or input); results on stdout, everything else on stderr. --json and --help come with every command.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { nearestName } from '../shared/core/contract/nearest-name.ts'
import { AppError, MAX_LISTED_PROBLEMS, type Problem, quoteValue } from '../shared/core/errors.ts'
import { isKeptByNpm } from './kept-by-npm.ts'

interface OptionText {
  readonly description: string
  /** What stands for the value in --help; by default N for numbers, TEXT for strings. */
  readonly placeholder?: string
}

export type Option = OptionText &
  (
    | { readonly type: 'boolean' }
    | { readonly type: 'string'; readonly default?: string }
    | {
        readonly type: 'integer' | 'number'
        readonly default?: number
        readonly minimum?: number
        readonly maximum?: number
      }
  )

export type OptionTable = Readonly<Record<string, Option>>

type Value<O extends Option> = O extends { type: 'boolean' }
  ? boolean
  : (O extends { type: 'string' } ? string : number) | (O extends { default: string | number } ? never : undefined)

/** Parsed arguments by option name; an option without a default is undefined when it was not given. */
export type Args<T extends OptionTable> = { readonly [K in keyof T]: Value<T[K]> } & {
  readonly json: boolean
  /** Those given, in their order: never more than the command has. */
  readonly words: readonly string[]
}

/** What may stand without a dash, in this order. */
export interface Word {
  /** What stands for it in --help. */
  readonly placeholder: string
  readonly description: string
}

export interface Terminal {
  /** The result: `value` as one line of JSON under --json, else `text`. */
  result(value: unknown, text: string): void
  /** A line for the person watching, on stderr. */
  note(text: string): void
  /** true: stderr is a terminal, so a progress bar has someone to look at it. */
  readonly interactive: boolean
}

export interface Command<T extends OptionTable> {
  /** As typed after `npm run`; `start` is typed `npm start`. */
  readonly name: string
  /** One sentence, with a full stop. */
  readonly summary: string
  /** A whole command line that works. */
  readonly example: string
  readonly options: T
  /** Absent: options only. Which of them it needs is for `run` to say. */
  readonly words?: readonly Word[]
  /** Returns an exit code; nothing means 0. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that only says no by throwing has no code to return.
  run(args: Args<T>, terminal: Terminal): Promise<number | void> | number | void
}

/** Where a command's arguments come from and its text goes; tests pass their own. */
export interface CommandHost {
  readonly argv: readonly string[]
  writeOut(text: string): void
  writeError(text: string): void
  readonly interactive: boolean
  /** Whether npm kept an option for itself; absent: it kept none. */
  isKeptByNpm?(name: string): boolean
}

const BUILT_IN = {
  json: { type: 'boolean', description: 'prints the result as one line of JSON' },
  help: { type: 'boolean', description: 'shows this text' },
} as const satisfies OptionTable

/** Keeps the types of a command's options, so that `run` sees its arguments typed. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command<T> {
  return command
}

/** Runs a command on this process: its arguments, its streams, its exit code. The last line of every script. */
export async function runCommand<const T extends OptionTable>(command: Command<T>): Promise<void> {
  // A reader that leaves early (`… | head -1`) is not a failure of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  process.exitCode = await execute(command, {
    argv: process.argv.slice(2),
    writeOut: text => process.stdout.write(text),
    writeError: text => process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
    isKeptByNpm,
  })
}

/** Parses, runs and reports; returns the exit code and never throws. */
export async function execute<const T extends OptionTable>(command: Command<T>, host: CommandHost): Promise<number> {
  try {
    const kept = Object.keys(command.options).find(name => host.isKeptByNpm?.(name))
    if (kept !== undefined) throw new AppError('USAGE', keptByNpm(command, kept))
    const args = parseOptions(command, host.argv)
    if (args === 'help') {
      host.writeOut(helpText(command))
      return 0
    }
    const terminal: Terminal = {
      result: (value, text) => host.writeOut(`${args.json ? JSON.stringify(value) : text}\n`),
      note: text => host.writeError(`${text}\n`),
      interactive: host.interactive,
    }
    return (await command.run(args, terminal)) ?? 0
  } catch (error) {
    host.writeError(`${command.name}: ${failureText(error)}`)
    return error instanceof AppError ? error.exitCode : 1
  }
}

function failureText(error: unknown): string {
  if (error instanceof AppError) {
    // A message that tells its problems itself is not followed by them once more.
    const problems = error.problems.filter(problem => !error.message.includes(problem.message))
    const lines = problems.slice(0, MAX_LISTED_PROBLEMS).map(problemLine)
    const hidden = problems.length - lines.length
    return `${error.message}\n${lines.join('')}${hidden > 0 ? `  … and ${hidden} more\n` : ''}`
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `this is a bug in Treeline, not in what you gave it; please report it with these lines\n${stack}\n`
}

/** Messages name their field themselves. */
function problemLine({ row, message }: Problem): string {
  return row === undefined ? `  ${message}\n` : `  row ${row}: ${message}\n`
}

/** The commit this checkout stands at, 7 or more hexadecimal digits; "nogit" where there is no repository or no git. */
export function gitRevision(directory: string = process.cwd()): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'nogit'
  }
}

/** The typed arguments, or 'help'. Throws AppError USAGE on anything that the table does not allow. */
function parseOptions<T extends OptionTable>(command: Command<T>, argv: readonly string[]): Args<T> | 'help' {
  const table: OptionTable = { ...command.options, ...BUILT_IN }
  // Not strict: parseArgs then only cuts the words up, and the refusals below can say what would have been right.
  const kinds = Object.entries(table).map(([name, { type }]) => [name, { type: kindOf(type) }] as const)
  const { tokens } = parseArgs({ args: [...argv], options: Object.fromEntries(kinds), strict: false, tokens: true })
  const given = new Map<string, string | number | boolean>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      if (words.length === (command.words ?? []).length) throw new AppError('USAGE', strayWord(command, token.value))
      words.push(token.value)
      continue
    }
    const { name, rawName } = token
    if (rawName === '-h' || (name === 'help' && token.value === undefined)) return 'help'
    if (!Object.hasOwn(table, name)) throw new AppError('USAGE', unknownOption(rawName, Object.keys(table)))
    if (given.has(name)) throw new AppError('USAGE', `--${name} is given twice; allowed: once`)
    const follows = token.inlineValue ? undefined : token.value
    if (follows !== undefined && /^-(?![\d.])/.test(follows))
      throw new AppError('USAGE', `--${name} needs a value, got ${follows}`)
    given.set(name, readValue(name, table[name], token.value))
  }
  const args: Record<string, unknown> = { words }
  for (const [name, option] of Object.entries(table)) {
    if (name !== 'help') args[name] = given.get(name) ?? (option.type === 'boolean' ? false : option.default)
  }
  return args as Args<T>
}

function kindOf(type: Option['type']): 'boolean' | 'string' {
  return type === 'boolean' ? 'boolean' : 'string'
}

function readValue(name: string, option: Option, text: string | undefined): string | number | boolean {
  if (option.type === 'boolean') {
    if (text !== undefined) throw new AppError('USAGE', `--${name} takes no value, got ${quoteValue(text)}`)
    return true
  }
  if (text === undefined || text === '') throw new AppError('USAGE', `--${name} needs a value`)
  if (option.type === 'string') return text
  const value = Number(text)
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = option
  // Number() also reads "0x10", " 5 " and "Infinity"; an option is a plain decimal number.
  const isNumber = /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(value)
  const isWhole = option.type === 'number' || Number.isSafeInteger(value)
  if (!isNumber || !isWhole || value < minimum || value > maximum) {
    throw new AppError('USAGE', `--${name} is ${quoteValue(text)}; allowed: ${allowedNumbers(option)}`)
  }
  return value
}

function allowedNumbers(option: { type: 'integer' | 'number'; minimum?: number; maximum?: number }): string {
  const kind = option.type === 'integer' ? 'an integer' : 'a number'
  const from = option.minimum === undefined ? '' : ` from ${option.minimum}`
  return `${kind}${from}${option.maximum === undefined ? '' : ` to ${option.maximum}`}`
}

function unknownOption(rawName: string, names: readonly string[]): string {
  const nearest = nearestName(rawName.replace(/^-+/, ''), names)
  const allowed = `allowed: ${names.map(name => `--${name}`).join(', ')}`
  return `unknown option ${rawName}; ${nearest === undefined ? allowed : `did you mean --${nearest}?`}`
}

/** Without this the command would run on its defaults, as if the option had not been typed. */
function keptByNpm(command: Command<OptionTable>, name: string): string {
  return `npm kept --${name} for itself; options come after a bare --, as in: ${command.example}`
}

function strayWord(command: Command<OptionTable>, word: string): string {
  // The usual cause: `npm run x --data f` without the bare "--"; npm then keeps the option for itself and passes on only f.
  return `unexpected word ${quoteValue(word)}; options come after a bare --, as in: ${command.example}`
}

function helpText(command: Command<OptionTable>): string {
  const { words = [] } = command
  const wordRows = words.map(({ placeholder, description }) => [placeholder, description] as const)
  const rows = Object.entries({ ...command.options, ...BUILT_IN }).map(([name, option]) => helpRow(name, option))
  const width = Math.max(...[...wordRows, ...rows].map(([flag]) => flag.length))
  const lines = (list: readonly (readonly [string, string])[]) =>
    list.map(([flag, description]) => `  ${flag.padEnd(width)}  ${description}`)
  const typed = command.name === 'start' ? 'npm start' : `npm run ${command.name}`
  return [
    command.summary,
    '',
    `Usage: ${[typed, '--', ...words.map(({ placeholder }) => `[${placeholder}]`), '[options]'].join(' ')}`,
    '',
    ...(words.length > 0 ? [...lines(wordRows), ''] : []),
    'Options:',
    ...lines(rows),
    '',
    'Example:',
    `  ${command.example}`,
    '',
  ].join('\n')
}

function helpRow(name: string, option: Option): [flag: string, description: string] {
  if (option.type === 'boolean') return [`--${name}`, option.description]
  const placeholder = option.placeholder ?? (option.type === 'string' ? 'TEXT' : 'N')
  const fallback = option.default === undefined ? '' : ` (default: ${option.default})`
  return [`--${name} ${placeholder}`, `${option.description}${fallback}`]
}
