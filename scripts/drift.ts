/** `npm run drift`: how a new table, or what was served, differs from a reference table, or from what the champion was trained on. */
import { basename, dirname } from 'node:path'
import { modelUriOf, parseConfig } from '../functions/config.ts'
import { openOutputs } from '../functions/outputs.ts'
import { driftOfServed, SERVED_DAYS } from '../shared/adapters/drift/drift-of-served.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { type DriftReport, sampleName } from '../shared/core/drift/report.ts'
import { driftMarkdown } from '../shared/core/drift/report-markdown.ts'
import { AppError } from '../shared/core/errors.ts'
import { driftGauges } from '../shared/core/monitor/gauges.ts'
import { driftPage } from '../shared/core/report/drift-page.ts'
import { defineCommand, runCommand } from './cli.ts'
import { driftOfFiles } from './drift-of-files.ts'
import { withProgress } from './progress.ts'
import { publishGauges } from './publish-gauges.ts'

export const driftCommand = defineCommand({
  name: 'drift',
  summary:
    'Compares a new table, or what predict answered, with a reference, feature by feature, and writes the drift report.',
  example: 'npm run drift -- --ref data/churn_ref_sample.csv --new data/churn_shifted_sample.csv',
  options: {
    new: {
      type: 'string',
      placeholder: 'FILE',
      description: 'the table to judge (default: what the champion served, from the sink)',
    },
    days: {
      type: 'integer',
      description: `without --new: how many days back from now (default: ${SERVED_DAYS.default})`,
      minimum: 1,
      maximum: SERVED_DAYS.most,
    },
    ref: {
      type: 'string',
      placeholder: 'FILE',
      description: "the table to compare with (default: the champion's training table, by its profile)",
    },
    contract: {
      type: 'string',
      placeholder: 'NAME|FILE',
      description: 'what the tables mean (default: CONTRACT, else churn)',
    },
    out: {
      type: 'string',
      placeholder: 'FILE',
      description: 'the report; .md and .html go beside it',
      default: 'artifacts/drift_report.json',
    },
    'fail-on-drift': { type: 'boolean', description: 'exit code 1 when a feature is above the threshold' },
  },
  async run(args, terminal) {
    const { new: current, ref: reference, days } = args
    if (current === undefined && reference !== undefined) {
      throw new AppError('USAGE', '--ref is there and --new is not; what was served is compared with the champion only')
    }
    if (current !== undefined && days !== undefined) {
      throw new AppError('USAGE', '--days and --new are both there; allowed: --days for what was served, or a table')
    }
    const config = parseConfig()
    const contract = await readContract(args.contract ?? config.contract, { root: '' })
    const uri = modelUriOf(contract.name)
    const store = openModelStore(openStorage(uri, { gcsApiEndpoint: config.gcsApiEndpoint }))
    const { records, writer } = openOutputs({
      config: { ...config, contract: contract.name },
      log: { warn: message => terminal.note(message) },
    })
    const now = new Date()
    let report: DriftReport
    let files: string[]
    try {
      report = await withProgress({ enabled: terminal.interactive }, progress =>
        current === undefined
          ? driftOfServed({ store, records, days, now: () => now })
          : driftOfFiles({ reference, current }, { contract, store, createdAt: now.toISOString(), progress }),
      )
      files = await writeReport(report, args.out)
      await publishGauges(driftGauges(report), { config, contract: contract.name, terminal })
      await records.keepDrift(report)
    } finally {
      await writer.close()
    }
    const { details, ...verdict } = report
    terminal.result({ ...verdict, files }, [...describeReport(report), `  written   ${files.join(', ')}`].join('\n'))
    return args['fail-on-drift'] && report.overall_drift ? 1 : 0
  },
})

/** Writes the report in every form, beside each other, and gives their paths. */
async function writeReport(report: DriftReport, out: string): Promise<string[]> {
  const stem = out.replace(/\.json$/i, '')
  const files = new Map([
    [out, `${JSON.stringify(report, null, 2)}\n`],
    [`${stem}.md`, driftMarkdown(report)],
    [`${stem}.html`, await driftPage(report)],
  ])
  const folder = openLocal({ root: dirname(out) })
  for (const [path, text] of files) await folder.write(basename(path), new TextEncoder().encode(text))
  return [...files.keys()]
}

/** The lines a person reads at the end. */
export function describeReport({ threshold, details }: DriftReport): string[] {
  const { columns, current, reference, sample_size, prediction, findings } = details
  const drifted = columns.filter(column => column.drifted).sort((a, b) => (b.psi ?? 0) - (a.psi ?? 0))
  const psi = drifted.map(column => `${column.feature} ${column.psi?.toFixed(3)}`).join(', ')
  const scores =
    prediction.absent !== undefined
      ? `not compared: ${prediction.absent}`
      : `score PSI ${prediction.psi.toFixed(3)}, called positive ${rate(prediction.positive_rate.reference)} → ${rate(prediction.positive_rate.current)}`
  return [
    `${details.contract}: ${drifted.length} of ${columns.length} features above PSI ${threshold} (${sampleName(current)} against ${sampleName(reference)})`,
    ...(drifted.length > 0 ? [`  drifted   ${psi}`] : []),
    `  answers   ${scores}`,
    `  samples   ${sample_size.sentence}`,
    ...(details.not_told === undefined ? [] : [`  not told  ${details.not_told}`]),
    ...findings.filter(({ code }) => code !== 'too_few_rows').map(({ message }) => `  finding   ${message}`),
  ]
}

function rate(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

if (import.meta.main) await runCommand(driftCommand)
