/** `npm run evaluate`: judges a registered model on a labelled table, with intervals, groups and a report. */
import { modelUriOf, parseConfig } from '../functions/config.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openNamedModel } from '../shared/adapters/registry/named-model.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { AppError } from '../shared/core/errors.ts'
import { thresholdCurveCsv } from '../shared/core/metrics/choose-threshold.ts'
import { runReport } from '../shared/core/report/run-report.ts'
import { checkFolder } from './check-folder.ts'
import { defineCommand, gitRevision, runCommand } from './cli.ts'
import { type EvaluatedModel, type EvaluationDocument, evaluateModel } from './evaluate-model.ts'
import { withProgress } from './progress.ts'

export const evaluateCommand = defineCommand({
  name: 'evaluate',
  summary: 'Scores a labelled table with a model and says how good the answers are, each figure with its interval.',
  example: 'npm run evaluate -- --model champion --data data/churn_shifted_sample.csv --out artifacts/evaluation',
  options: {
    model: {
      type: 'string',
      placeholder: 'NAME',
      description: 'champion, a version of the registry, or a folder with model.json (also its model.onnx)',
      default: 'champion',
    },
    data: { type: 'string', placeholder: 'FILE', description: 'the table, with its target column (required)' },
    contract: {
      type: 'string',
      placeholder: 'NAME|FILE',
      description:
        'whose registry is meant (default: CONTRACT, else churn); the table is read by the contract of the model',
    },
    out: {
      type: 'string',
      placeholder: 'DIR',
      description:
        'write evaluation.json, threshold_curve.csv, report.html and, with sensitive columns, fairness.json here',
    },
    seed: { type: 'integer', description: 'of the bootstrap', default: 1, minimum: 0, maximum: 4294967295 },
  },
  async run(args, terminal) {
    const { data, out, seed } = args
    if (data === undefined) throw new AppError('USAGE', '--data is absent; allowed: a table with its target column')
    if (out !== undefined) await checkFolder(out, '--out')
    const config = parseConfig()
    const { name } = await readContract(args.contract ?? config.contract, { root: '' })
    const store = openModelStore(openStorage(modelUriOf(name), { gcsApiEndpoint: config.gcsApiEndpoint }))
    const model = await openNamedModel(args.model, store)
    const timestamp = new Date().toISOString()
    const evaluated = await withProgress({ enabled: terminal.interactive }, progress =>
      evaluateModel(model, { data, seed, timestamp, gitSha: gitRevision(), progress }),
    )
    const files = out === undefined ? [] : await writeFiles(evaluated, out)
    const written = files.length > 0 ? [`  written     ${files.join(', ')} in ${out}`] : []
    terminal.result(evaluated.document, [...describeEvaluation(evaluated.document), ...written].join('\n'))
  },
})

async function writeFiles({ document, curve, report }: EvaluatedModel, out: string): Promise<string[]> {
  const files = new Map([
    ['evaluation.json', `${JSON.stringify(document, null, 2)}\n`],
    ...(curve.length > 0 ? [['threshold_curve.csv', thresholdCurveCsv(curve)] as const] : []),
    ['report.html', await runReport(report)],
    ...(document.fairness ? [['fairness.json', `${JSON.stringify(document.fairness, null, 2)}\n`] as const] : []),
  ])
  const folder = openLocal({ root: out })
  for (const [name, text] of files) await folder.write(name, new TextEncoder().encode(text))
  return [...files.keys()]
}

const SHOWN = ['roc_auc', 'pr_auc', 'accuracy', 'precision', 'recall', 'f1', 'log_loss', 'brier', 'ece', 'ks'] as const

/** The lines a person reads at the end. */
export function describeEvaluation(document: EvaluationDocument): string[] {
  const { model, confusion, intervals, held_out, top, thresholds } = document
  const figure = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value.toFixed(4) : 'none')
  const figures = SHOWN.map(name => {
    const bounds = intervals[name]
    const interval = bounds ? `${figure(bounds.low)} to ${figure(bounds.high)}` : ''
    const recorded = typeof held_out[name] === 'number' ? `held out ${figure(held_out[name])}` : ''
    return `  ${name.padEnd(11)} ${figure(document[name]).padEnd(8)} ${interval.padEnd(17)} ${recorded}`.trimEnd()
  })
  const firsts = top.map(({ share, precision, lift }) => `${100 * share} %: ${figure(precision)} (${lift.toFixed(2)})`)
  return [
    `${model.name} ${model.version} (${model.family}) on ${document.data}: ${document.rows} rows, ${document.positives} positive`,
    ...figures,
    `  confusion   ${confusion.true_positives} true positive, ${confusion.false_positives} false positive, ${confusion.false_negatives} false negative, ${confusion.true_negatives} true negative at ${model.threshold}`,
    ...thresholds
      .filter(({ rule }) => rule !== 'in_use')
      .map(
        ({ rule, threshold, f1, precision, recall }) =>
          `  ${rule.padEnd(11)} would ask for ${threshold} on these rows: F1 ${figure(f1)}, precision ${figure(precision)}, recall ${figure(recall)}`,
      ),
    ...(firsts.length > 0 ? [`  precision (lift) of the first ${firsts.join(', ')}`] : []),
    `  says        ${figure(document.mean_probability)} on average, ${figure(document.positive_rate)} are positive`,
    ...(document.fairness?.findings ?? []).map(({ sentence }) => `  fairness    ${sentence}`),
    ...document.notes.map(note => `  note        ${note}`),
  ]
}

if (import.meta.main) await runCommand(evaluateCommand)
