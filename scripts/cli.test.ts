import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AppError, MAX_LISTED_PROBLEMS } from '../shared/core/errors.ts'
import { type Command, defineCommand, execute, gitRevision, type OptionTable } from './cli.ts'

const EXAMPLE = 'npm run brew -- --beans arabica'

const brew = defineCommand({
  name: 'brew',
  summary: 'Makes coffee.',
  example: EXAMPLE,
  options: {
    beans: { type: 'string', description: 'which beans', placeholder: 'KIND', default: 'robusta' },
    water: { type: 'string', description: 'which water' },
    cups: { type: 'integer', description: 'how many cups', default: 1, minimum: 1, maximum: 12 },
    heat: { type: 'number', description: 'degrees' },
    milk: { type: 'boolean', description: 'adds milk' },
  },
  run: (args, terminal) => terminal.result(args, `${args.cups.toFixed(0)} of ${args.beans.toUpperCase()}`),
})

async function call<T extends OptionTable>(command: Command<T>, ...argv: string[]) {
  const shown = { out: '', error: '', code: 0 }
  shown.code = await execute(command, {
    argv,
    writeOut: text => {
      shown.out += text
    },
    writeError: text => {
      shown.error += text
    },
    interactive: false,
  })
  return shown
}

/** A command that fails with `error` as soon as it runs. */
function failing(error: unknown): Command<OptionTable> {
  return { ...brew, options: {}, run: () => Promise.reject(error) }
}

test('options that are not given take their defaults, and the rest is undefined or false', async () => {
  const { out, code } = await call(brew, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({ words: [], beans: 'robusta', cups: 1, milk: false, json: true })
})

test('values are read by their declared type, written apart or with an equals sign', async () => {
  const { out } = await call(
    brew,
    '--beans=arabica',
    '--cups',
    '3',
    '--heat',
    '-1.5e1',
    '--milk',
    '--water=-',
    '--json',
  )
  const expected = { words: [], beans: 'arabica', cups: 3, heat: -15, milk: true, water: '-', json: true }
  expect(JSON.parse(out)).toEqual(expected)
})

test('words come in their order, as many as the command has, and the help names them', async () => {
  const pour = {
    ...brew,
    words: [
      { placeholder: 'CUP', description: 'which cup' },
      { placeholder: 'SAUCER', description: 'which saucer' },
    ],
  }
  const { out } = await call(pour, 'blue', '--milk', 'round', '--json')
  expect(JSON.parse(out)).toMatchObject({ words: ['blue', 'round'], milk: true })
  expect(await call(pour, 'a', 'b', 'c')).toMatchObject({
    code: 2,
    error: expect.stringContaining('unexpected word "c"'),
  })
  const help = await call(pour, '--help')
  expect(help.out).toContain('Usage: npm run brew -- [CUP] [SAUCER] [options]')
  expect(help.out).toMatch(/^ {2}SAUCER +which saucer$/m)
})

test('without --json the result is the text', async () => {
  expect(await call(brew, '--cups', '2')).toEqual({ out: '2 of ROBUSTA\n', error: '', code: 0 })
})

test.each([
  { argv: ['--bean', 'x'], says: 'unknown option --bean; did you mean --beans?' },
  { argv: ['--hlp'], says: 'unknown option --hlp; did you mean --help?' },
  { argv: ['--watr=x'], says: 'unknown option --watr; did you mean --water?' },
  {
    argv: ['--sugarcubes'],
    says: 'unknown option --sugarcubes; allowed: --beans, --water, --cups, --heat, --milk, --json, --help',
  },
  { argv: ['-x'], says: 'unknown option -x; allowed: --beans' },
  { argv: ['--__proto__', 'x'], says: 'unknown option --__proto__' },
  { argv: ['--cups', 'two'], says: '--cups is "two"; allowed: an integer from 1 to 12' },
  { argv: ['--cups', '1.5'], says: '--cups is "1.5"; allowed: an integer from 1 to 12' },
  { argv: ['--cups', '0'], says: '--cups is "0"; allowed: an integer from 1 to 12' },
  { argv: ['--cups', '13'], says: '--cups is "13"; allowed: an integer from 1 to 12' },
  { argv: ['--cups', '0x2'], says: '--cups is "0x2"; allowed' },
  { argv: ['--heat', '1e999'], says: '--heat is "1e999"; allowed: a number' },
  { argv: ['--heat', 'Infinity'], says: '--heat is "Infinity"; allowed: a number' },
  { argv: ['--beans'], says: '--beans needs a value' },
  { argv: ['--beans='], says: '--beans needs a value' },
  { argv: ['--beans', '--milk'], says: '--beans needs a value, got --milk' },
  { argv: ['--milk=no'], says: '--milk takes no value, got "no"' },
  { argv: ['--cups', '1', '--cups', '2'], says: '--cups is given twice' },
  { argv: ['arabica'], says: `unexpected word "arabica"; options come after a bare --, as in: ${EXAMPLE}` },
])('$argv is refused with exit code 2: $says', async ({ argv, says }) => {
  const { out, error, code } = await call(brew, ...argv)
  expect(code).toBe(2)
  expect(error).toMatch(/^brew: [^\n]*\n$/)
  expect(error).toContain(says)
  expect(out).toBe('')
})

test.each(['--help', '-h'])('%s shows summary, usage, every option with its default, and the example', async flag => {
  const { out, error, code } = await call(brew, '--cups', '3', flag)
  expect({ error, code }).toEqual({ error: '', code: 0 })
  expect(out).toBe(`Makes coffee.

Usage: npm run brew -- [options]

Options:
  --beans KIND  which beans (default: robusta)
  --water TEXT  which water
  --cups N      how many cups (default: 1)
  --heat N      degrees
  --milk        adds milk
  --json        prints the result as one line of JSON
  --help        shows this text

Example:
  npm run brew -- --beans arabica
`)
})

test('the number that run returns is the exit code', async () => {
  expect((await call({ ...brew, run: () => 1 })).code).toBe(1)
})

test('an AppError shows its message and one line per problem, and gives its own exit code', async () => {
  const problems = [
    { row: 4, field: 'age', code: 'type', message: 'age is "x"; allowed: a number' },
    { code: 'empty', message: 'the table is empty' },
  ]
  expect(await call(failing(new AppError('INVALID_TABLE', 't.csv cannot be read', { problems })))).toEqual({
    out: '',
    error: 'brew: t.csv cannot be read\n  row 4: age is "x"; allowed: a number\n  the table is empty\n',
    code: 2,
  })
  expect((await call(failing(new AppError('CONFLICT', 'no')))).code).toBe(1)
})

test('a problem that is the message itself is shown once', async () => {
  const problems = [{ field: 'age', code: 'type', message: 'age is absent' }]
  const { error } = await call(failing(new AppError('INVALID_TABLE', 'age is absent', { problems })))
  expect(error).toBe('brew: age is absent\n')
})

test('an option that npm kept for itself is not left out in silence: the bare -- is asked for', async () => {
  const told: string[] = []
  const writeError = (text: string) => void told.push(text)
  const host = { argv: [], writeOut: () => {}, writeError, interactive: false }
  expect(await execute(brew, { ...host, isKeptByNpm: name => name === 'milk' })).toBe(2)
  expect(told).toEqual([`brew: npm kept --milk for itself; options come after a bare --, as in: ${EXAMPLE}\n`])
})

test('a long list of problems is cut at the limit and says how many are left', async () => {
  const problems = Array.from({ length: MAX_LISTED_PROBLEMS + 7 }, (_, row) => ({ row, code: 'x', message: 'm' }))
  const { error } = await call(failing(new AppError('INVALID_TABLE', 'bad', { problems })))
  expect(error.trimEnd().split('\n')).toHaveLength(1 + MAX_LISTED_PROBLEMS + 1)
  expect(error).toMatch(/… and 7 more\n$/)
})

test('any other error is called a bug, with its stack, and exits with 1', async () => {
  const { error, code } = await call(failing(new TypeError('x is not a function')))
  expect(code).toBe(1)
  expect(error).toContain('brew: this is a bug in Treeline')
  expect(error).toContain('TypeError: x is not a function\n    at ')
})

test('gitRevision is the short hash that git log shows, and "nogit" outside a repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'treeline-git-'))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  try {
    expect(gitRevision(folder)).toBe('nogit')
    git('init', '-q')
    expect(gitRevision(folder)).toBe('nogit')
    const author = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'commit.gpgsign=false']
    git(...author, 'commit', '-q', '--allow-empty', '-m', 'one')
    expect(gitRevision(folder)).toMatch(/^[0-9a-f]{7}$/)
    expect(git('log', '-1', '--format=%H').startsWith(gitRevision(folder))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
