/**
 * Measures `npm run drift` on two tables of a million rows: `node scripts/bench/drift.ts [rows]`. The tables are the
 * configured contract's seeded data of many seeds, one after another, in a temporary folder; the command runs in a process
 * of its own, without a champion and then, where the registry has one, with it.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { modelUriOf, parseConfig } from '../../functions/config.ts'
import { readContract } from '../../shared/adapters/files/read-contract.ts'
import type { Generate } from '../data/generated-data.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const contract = await readContract(parseConfig().contract, { root: ROOT })
const { generate } = (await import(`../data/${contract.name}.ts`)) as { generate: Generate }

/** Writes `rows` rows of the contract's table, from seeds that no other file uses. */
async function writeTable(path: string, rows: number, firstSeed: number): Promise<void> {
  const out = createWriteStream(path)
  let written = 0
  for (let seed = firstSeed; written < rows; seed++) {
    const { text } = generate(seed).files.find(({ name }) => name === basename(contract.data)) ?? { text: '' }
    const [header, ...lines] = text.trimEnd().split('\n')
    if (written === 0) out.write(`${header}\n`)
    const part = lines.slice(0, rows - written)
    written += part.length
    if (!out.write(`${part.join('\n')}\n`)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}

interface Figures {
  readonly seconds: number
  readonly userSeconds: number
  readonly peakMb: number
}

/** A command's wall time, and its user time and peak memory as the process itself counts them when it ends. */
async function measure(args: readonly string[], folder: string, modelUri: string): Promise<Figures> {
  const usage = join(folder, 'usage.json')
  const atExit = `import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())))`
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(atExit)}`]
  const start = performance.now()
  const command = [
    '--import',
    './scripts/compile-cache.js',
    ...preload,
    'scripts/drift.ts',
    '--contract',
    contract.name,
    ...args,
  ]
  const { status, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, MODEL_URI: modelUri },
  })
  const seconds = (performance.now() - start) / 1000
  if (status !== 0) throw new Error(`drift ended with ${status}: ${stderr}`)
  const { maxRSS, userCPUTime } = JSON.parse(await readFile(usage, 'utf8'))
  return { seconds, userSeconds: userCPUTime / 1e6, peakMb: maxRSS / 1024 }
}

function tell(name: string, { seconds, userSeconds, peakMb }: Figures): void {
  process.stdout.write(
    `${name.padEnd(44)} ${seconds.toFixed(2)} s wall, ${userSeconds.toFixed(2)} s user, ${peakMb.toFixed(0)} MB peak\n`,
  )
}

const rows = Number(process.argv[2] ?? 1_000_000)
const folder = await mkdtemp(join(tmpdir(), 'drift-bench-'))
try {
  const [reference, current] = [join(folder, 'ref.csv'), join(folder, 'new.csv')]
  await writeTable(reference, rows, 1_000)
  await writeTable(current, rows, 2_000)
  const out = ['--out', join(folder, 'report.json'), '--json']
  const tables = ['--ref', reference, '--new', current, ...out]
  const size = `${rows.toLocaleString('en')} x ${contract.features.length}`
  const registry = resolve(ROOT, modelUriOf(contract.name))
  for (let run = 1; run <= 3; run++) {
    tell(`${size} against ${size}, run ${run}`, await measure(tables, folder, join(folder, 'none')))
  }
  if (existsSync(registry)) tell(`${size} against ${size}, scored`, await measure(tables, folder, registry))
  const small = [join(folder, 'a.csv'), join(folder, 'b.csv')]
  for (const [i, path] of small.entries()) await writeTable(path, 800, 3_000 + i)
  for (let run = 1; run <= 3; run++) {
    const args = ['--ref', small[0], '--new', small[1], ...out]
    tell(`800 rows against 800, run ${run}, without npm`, await measure(args, folder, join(folder, 'none')))
  }
} finally {
  await rm(folder, { recursive: true })
}
