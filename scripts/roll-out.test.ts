/** The command in a process of its own, with a gcloud that is a shell script and a revision that is a local server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseSteps } from './roll-out.ts'

const folder = mkdtempSync(join(tmpdir(), 'treeline-roll-out-'))
const server = createServer((_, response) => response.end('{"status":"ok"}'))

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const serving = { revisionName: 'predict-00001-old', percent: 100 }
  const tagged = { revisionName: 'predict-00002-new', tag: 'candidate', url }
  writeFileSync(join(folder, 'service.json'), JSON.stringify({ status: { url, traffic: [serving, tagged] } }))
  writeFileSync(
    join(folder, 'gcloud'),
    `#!/bin/sh\necho "$@" >> '${folder}/calls'\ncase "$*" in *refused*) printf 'Building...\\nERROR: (gcloud) no right\\nTry:\\n\\n  this\\n\\nor:\\n\\n  that\\n' >&2; exit 1 ;; *describe*) cat '${folder}/service.json' ;; *) echo token ;; esac\n`,
  )
  chmodSync(join(folder, 'gcloud'), 0o755)
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const callsSoFar = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')

function start(args: readonly string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, 'roll-out.ts'), ...args], {
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

const PLACE = ['--function', 'predict', '--project', 'p', '--region', 'r']
const BUILD = ['--source', folder, '--builder', 'b', '--deployer', 'd']

test('a roll-out that is ended half way gives all traffic back before its process ends, with exit code 1', async () => {
  const child = start([...PLACE, ...BUILD])
  let said = ''
  for await (const chunk of child.stderr) {
    said += chunk
    if (!child.killed && said.includes('traffic: predict-00002-new=5')) child.kill('SIGTERM')
  }
  if (child.exitCode === null) await once(child, 'exit')
  expect({ code: child.exitCode, said }).toMatchObject({
    code: 1,
    said: expect.stringContaining('cancelled by SIGTERM; predict-00001-old serves all requests again'),
  })
  const moved = callsSoFar().flatMap(call => call.match(/--to-revisions=(\S+)/)?.[1] ?? [])
  expect(moved).toEqual(['predict-00002-new=5,predict-00001-old=95', 'predict-00001-old=100'])
})

test.each([
  [[...PLACE, '--give-back'], 0, ''],
  [[...PLACE.slice(0, -1), ''], 2, '--region needs a value'],
  [PLACE.slice(0, -2), 2, '--region is absent; it has to be given'],
  [PLACE, 2, '--source is absent; it has to be given'],
  [[...PLACE, ...BUILD, '--request', 'none.json'], 2, 'none.json: no such file'],
  [['--function', 'refused', ...PLACE.slice(2), '--give-back'], 1, 'describe failed: ERROR: (gcloud) no right\nTry'],
])('roll-out %j ends with %i and says %j', async (args, expected, message) => {
  const child = start(args)
  let said = ''
  for await (const chunk of child.stderr) said += chunk
  if (child.exitCode === null) await once(child, 'exit')
  expect({ code: child.exitCode, said }).toEqual({ code: expected, said: expect.stringContaining(message) })
})

test('it runs where no package is installed, as in the job that has the right to deploy', async () => {
  const entryPoints = [join(import.meta.dirname, 'roll-out.ts')]
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
  })
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  expect(outside).toContain('node:child_process')
  expect(outside.filter(path => !path.startsWith('node:'))).toEqual([])
})

test.each(['5,50', '50,5,100', '0,100', '5,,100', '100,100', 'all', ''])('--steps %j is refused', text => {
  expect(() => parseSteps(text)).toThrow(/allowed: ascending percentages that end with 100/)
})

test('steps are percentages that ascend to 100', () => {
  expect([parseSteps('100'), parseSteps('5,50,100')]).toEqual([[100], [5, 50, 100]])
})
