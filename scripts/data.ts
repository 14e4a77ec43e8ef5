/** `npm run data`: writes the seeded datasets and says how good a model of them can become. */
import { defineCommand, runCommand } from './cli.ts'
import { DEFAULT_DATA, type WrittenData, writeData } from './data/write-data.ts'

/** One line per file, and one for what the best model would reach. */
function listing({ contract, best_roc_auc, files }: WrittenData): string[] {
  const cells = files.map(f => [
    f.path,
    `${grouped(f.rows)} ${f.rows === 1 ? 'row ' : 'rows'}`,
    `${grouped(f.bytes)} bytes`,
  ])
  const widths = [0, 1, 2].map(column => Math.max(...cells.map(row => row[column].length)))
  const lines = cells.map(([path, rows, bytes]) =>
    [path.padEnd(widths[0]), rows.padStart(widths[1]), bytes.padStart(widths[2])].join('  '),
  )
  return [
    ...lines,
    `${contract}: best reachable ROC-AUC ${best_roc_auc.toFixed(4)} (the true probability against the labels of all rows; a held-out part varies around it)`,
  ]
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

export const dataCommand = defineCommand({
  name: 'data',
  summary: 'Writes the seeded datasets of every contract that has a generator: same seed, same bytes.',
  example: 'npm run data -- --out data --contract churn',
  options: {
    out: { type: 'string', placeholder: 'DIR', description: 'folder to write into', default: DEFAULT_DATA.out },
    contract: { type: 'string', placeholder: 'NAME', description: 'only this contract' },
    seed: { type: 'integer', description: 'another seed, other rows of the same kind', default: DEFAULT_DATA.seed },
  },
  async run({ out, contract, seed }, terminal) {
    const written = await writeData({ out, contract, seed })
    terminal.result({ out, seed, contracts: written }, written.flatMap(listing).join('\n'))
  },
})

if (import.meta.main) await runCommand(dataCommand)
