/**
 * Measures how time and memory of `npm run train -- --run bench` grow with the rows of its CSV file: `npm run bench:scale`.
 * One process per size; one Markdown table, in which every stage has its seconds and its own peak of memory.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineCommand, gitRevision, runCommand } from '../cli.ts'
import { configuredContract, ROOT, writeContractCsv } from './contract-csv.ts'
import type { WatchedFigures } from './watch-stages.ts'

const scaleBench = defineCommand({
  name: 'bench:scale',
  summary: 'Measures how time and memory of a training grow with the rows of its table.',
  example: 'npm run bench:scale -- --rows 10000,100000',
  options: {
    rows: { type: 'string', default: '10000,100000,1000000,10000000', description: 'sizes to measure' },
    run: { type: 'string', default: 'bench', placeholder: 'NAME|FILE', description: 'how it is trained' },
    threads: { type: 'integer', minimum: 1, maximum: 256, description: 'as for train (default: one per processor)' },
    folder: { type: 'string', placeholder: 'DIR', description: 'for the tables (default: a temporary one)' },
  },
  async run({ rows, run, threads, folder }, terminal) {
    const contract = await configuredContract()
    const base = await mkdtemp(join(folder ?? tmpdir(), 'scale-bench-'))
    const lines: string[] = []
    const all: object[] = []
    try {
      for (const size of rows.split(',').map(Number)) {
        const csv = join(base, `${size}.csv`)
        await writeContractCsv(csv, contract, { rows: size, firstSeed: 10_000 })
        const args = ['--run', run, '--data', csv, ...(threads === undefined ? [] : ['--threads', String(threads)])]
        const figures = await measure(args, join(base, 'registry'))
        await rm(csv)
        if (lines.length === 0) lines.push(...head(figures))
        lines.push(rowOf(size, figures))
        all.push({ rows: size, ...figures })
        terminal.note(lines[lines.length - 1])
      }
    } finally {
      await rm(base, { recursive: true })
    }
    terminal.result(all, lines.join('\n'))
  },
})

type TrainFigures = WatchedFigures & { readonly seconds: number }

async function measure(args: readonly string[], registry: string): Promise<TrainFigures> {
  const begun = performance.now()
  const child = fork(join(ROOT, 'scripts/train.ts'), [...args, '--json'], {
    cwd: ROOT,
    env: { ...process.env, MODEL_URI: registry },
    execArgv: ['--import', join(import.meta.dirname, 'watch-stages.ts')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  let figures: WatchedFigures | undefined
  child.on('message', message => {
    figures = message as WatchedFigures
  })
  const [code] = await once(child, 'close')
  if (code !== 0 || figures === undefined) throw new Error(`train ended with ${code}`)
  return { ...figures, seconds: (performance.now() - begun) / 1000 }
}

function head({ stages }: TrainFigures): string[] {
  const names = ['rows', 'seconds', 'rows per second', 'peak MB', ...stages.map(({ label }) => `${label}: s, peak MB`)]
  const machine = `${cpus().length} x ${cpus()[0].model}`
  return [
    `${new Date().toISOString().slice(0, 10)}, ${gitRevision()}, Node ${process.versions.node}, ${machine}`,
    '',
    `| ${names.join(' | ')} |`,
    `|${' --- |'.repeat(names.length)}`,
  ]
}

function rowOf(rows: number, { seconds, peakMb, stages }: TrainFigures): string {
  const cells = [
    rows.toLocaleString('en'),
    seconds.toFixed(1),
    Math.round(rows / seconds).toLocaleString('en'),
    peakMb.toFixed(0),
    ...stages.map(stage => `${stage.seconds.toFixed(1)}, ${stage.peakMb}`),
  ]
  return `| ${cells.join(' | ')} |`
}

if (import.meta.main) await runCommand(scaleBench)
