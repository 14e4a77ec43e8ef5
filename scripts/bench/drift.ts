/**
 * Measures `npm run drift` on two tables of a million rows: `node scripts/bench/drift.ts [rows]`. The tables are the
 * configured contract's seeded data of many seeds, one after another, in a temporary folder; the command runs in a process
 * of its own, without a champion and then, where the registry has one, with it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { modelUriOf } from '../../functions/config.ts'
import { configuredContract, ROOT, writeContractCsv } from './contract-csv.ts'

const contract = await configuredContract()

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
  await writeContractCsv(reference, contract, { rows, firstSeed: 1_000 })
  await writeContractCsv(current, contract, { rows, firstSeed: 2_000 })
  const out = ['--out', join(folder, 'report.json'), '--json']
  const tables = ['--ref', reference, '--new', current, ...out]
  const size = `${rows.toLocaleString('en')} x ${contract.features.length}`
  const registry = resolve(ROOT, modelUriOf(contract.name))
  for (let run = 1; run <= 3; run++) {
    tell(`${size} against ${size}, run ${run}`, await measure(tables, folder, join(folder, 'none')))
  }
  if (existsSync(registry)) tell(`${size} against ${size}, scored`, await measure(tables, folder, registry))
  const small = [join(folder, 'a.csv'), join(folder, 'b.csv')]
  for (const [i, path] of small.entries()) await writeContractCsv(path, contract, { rows: 800, firstSeed: 3_000 + i })
  for (let run = 1; run <= 3; run++) {
    const args = ['--ref', small[0], '--new', small[1], ...out]
    tell(`800 rows against 800, run ${run}, without npm`, await measure(args, folder, join(folder, 'none')))
  }
} finally {
  await rm(folder, { recursive: true })
}
