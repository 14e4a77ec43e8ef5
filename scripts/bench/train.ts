/**
 * Measures training against LightGBM and XGBoost: `npm run bench:train`. One process per measurement, the libraries in
 * turn, so that what else the machine does meets all of them; medians and their ratios as one Markdown table.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { quantileSorted } from '../../shared/core/math/quantile.ts'
import { defineCommand, gitRevision, runCommand, type Terminal } from '../cli.ts'
import type { FitFigures, FitJob } from './fit-once.ts'
import { pythonEnvironment } from './python-environment.ts'
import { type BenchTable, contractTable, numericTable } from './train-data.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const TABLES: Readonly<Record<string, (folder: string, name: string) => Promise<BenchTable>>> = {
  '24k': (folder, name) => contractTable(folder, name, 24_000),
  '1Mx12': (folder, name) => contractTable(folder, name, 1_000_000),
  '1Mx50': (folder, name) => numericTable(folder, name, 1_000_000, 50),
}

/** What is measured on a table, and with what it is compared. */
interface Series {
  readonly title: string
  readonly job: Omit<FitJob, 'table' | 'library'>
  readonly rivals: readonly ('lightgbm' | 'xgboost')[]
}

const BOTH = ['lightgbm', 'xgboost'] as const
const SERIES: readonly Series[] = [
  { title: '1 thread', job: { threads: 1, quantised: false, shapRows: 0 }, rivals: BOTH },
  { title: '2 threads', job: { threads: 2, quantised: false, shapRows: 0 }, rivals: BOTH },
  { title: 'quantised', job: { threads: 1, quantised: true, shapRows: 0 }, rivals: ['lightgbm'] },
]
const SHAP_ROWS = 10_000

const trainBench = defineCommand({
  name: 'bench:train',
  summary: 'Measures training, prediction and TreeSHAP against LightGBM and XGBoost, in turn.',
  example: 'npm run bench:train -- --sizes 24k,1Mx12 --reps 5',
  options: {
    sizes: { type: 'string', default: Object.keys(TABLES).join(','), description: 'tables to measure on' },
    reps: { type: 'integer', default: 5, minimum: 1, maximum: 100, description: 'measurements of each, in turn' },
    threads: { type: 'string', default: '1,2', description: 'series by threads: 1, 2 or 1,2' },
  },
  async run({ sizes, reps, threads }, terminal) {
    const python = pythonEnvironment(text => terminal.note(text))
    if (!python) terminal.note('no python3 on this machine: only our own trainer is measured')
    const folder = await mkdtemp(join(tmpdir(), 'train-bench-'))
    const lines = [
      `${new Date().toISOString().slice(0, 10)}, ${gitRevision()}, Node ${process.versions.node}, ${cpus().length} x ${cpus()[0].model}; medians of ${reps}, in turn`,
      '',
      '| table | what | ours | LightGBM | ratio | XGBoost | ratio |',
      '| --- | --- | --- | --- | --- | --- | --- |',
    ]
    try {
      for (const size of sizes.split(',')) {
        if (!TABLES[size]) throw new Error(`--sizes has ${size}; allowed: ${Object.keys(TABLES).join(', ')}`)
        const table = await TABLES[size](folder, size)
        for (const series of SERIES.filter(({ job }) => threads.split(',').includes(String(job.threads)))) {
          lines.push(...measureFits(table, series, { reps, python, terminal }))
        }
        if (table.csv && table.rows < 100_000) lines.push(measureWhole(table.csv, folder, { reps, python, terminal }))
      }
    } finally {
      await rm(folder, { recursive: true })
    }
    terminal.result({ table: lines }, lines.join('\n'))
  },
})

interface Setting {
  readonly reps: number
  readonly python: string | undefined
  readonly terminal: Terminal
}

/** Rows of the table: fit, prediction, TreeSHAP, ROC-AUC and memory of one series. */
function measureFits(table: BenchTable, { title, job, rivals }: Series, { reps, python, terminal }: Setting): string[] {
  const isPlain = job.threads === 1 && !job.quantised
  const shapRows = isPlain && table.rows >= SHAP_ROWS ? SHAP_ROWS : 0
  const libraries = ['treeline' as const, ...(python ? rivals : [])]
  const figures = new Map(libraries.map(library => [library, [] as FitFigures[]]))
  for (let rep = 0; rep < reps; rep++) {
    for (const library of libraries) {
      const whole = JSON.stringify({ ...job, table, library, shapRows } satisfies FitJob)
      const command = library === 'treeline' ? process.execPath : (python ?? '')
      const script = library === 'treeline' ? 'scripts/bench/fit-once.ts' : 'scripts/bench/fit_once.py'
      const found = JSON.parse(runHere(command, [script, whole], threadsOf(job.threads)).stdout) as FitFigures
      figures.get(library)?.push(found)
      terminal.note(`${table.name}, ${title}, ${library}: ${found.fit.toFixed(3)} s`)
    }
  }
  const row = (what: string, of: (figures: FitFigures) => number, unit: string, digits: number) =>
    rowOf(
      [table.name, `${what}, ${title}`],
      ['treeline', 'lightgbm', 'xgboost'].map(library => figures.get(library as FitJob['library'])?.map(of)),
      { unit, digits },
    )
  return [
    row('fit', f => f.fit, 's', 3),
    ...(isPlain ? [row('predict the other fifth', f => f.predict, 's', 3)] : []),
    ...(shapRows > 0 ? [row(`TreeSHAP of ${shapRows} rows`, f => f.shap, 's', 3)] : []),
    row('ROC-AUC', f => f.auc, '', 5),
    row('peak memory', f => f.peakMb, 'MB', 0),
  ]
}

/** `npm run train -- --run bench`, from CSV to model files, against a Python process that does the same. */
function measureWhole(csv: string, folder: string, { reps, python, terminal }: Setting): string {
  const ours: number[] = []
  const theirs: number[] = []
  const env = { ...threadsOf(1), MODEL_URI: join(folder, 'registry') }
  for (let rep = 0; rep < reps; rep++) {
    const own = ['run', 'train', '--', '--run', 'bench', '--data', csv, '--threads', '1']
    ours.push(runHere('npm', own, env).seconds)
    if (python) {
      const args = ['scripts/bench/train_whole.py', csv, join(folder, 'model.txt'), '1']
      theirs.push(runHere(python, args, env).seconds)
    }
    terminal.note(`whole process: ${ours[rep].toFixed(2)} s, Python ${theirs[rep]?.toFixed(2)} s`)
  }
  const row = ['24k', 'whole process, CSV to model files']
  return rowOf(row, [ours, python ? theirs : undefined, undefined], { unit: 's', digits: 2 })
}

function runHere(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}: ${stderr}`)
  return { stdout, seconds: (performance.now() - start) / 1000 }
}

/** NumPy and OpenMP start as many threads as there are cores, whatever a library is told. */
function threadsOf(threads: number): NodeJS.ProcessEnv {
  return { ...process.env, OMP_NUM_THREADS: String(threads) }
}

function rowOf(
  head: readonly string[],
  [own, ...others]: readonly (readonly number[] | undefined)[],
  { unit, digits }: { readonly unit: string; readonly digits: number },
): string {
  const text = (value: number) => `${value.toFixed(digits)} ${unit}`.trim()
  const ours = median(own ?? [])
  const cells = others.flatMap(values =>
    values ? [text(median(values)), ratioOf(ours, median(values), unit)] : ['', ''],
  )
  return `| ${[...head, text(ours), ...cells].join(' | ')} |`
}

/** A ratio of times and sizes, a difference of scores. */
function ratioOf(ours: number, theirs: number, unit: string): string {
  return unit === '' ? `${ours < theirs ? '' : '+'}${(ours - theirs).toFixed(4)}` : `${(ours / theirs).toFixed(2)} x`
}

function median(values: readonly number[]): number {
  return quantileSorted(Float64Array.from(values).sort(), 0.5)
}

if (import.meta.main) await runCommand(trainBench)
