/**
 * model_card.md: what a model is for, what it was made from, how good it is and for whom, in words. It says what the
 * contract, the run and the measurements say, and nothing else: what nobody declared is called not declared.
 */
import type { Contract, Feature } from '../contract/contract.ts'
import type { ColumnFairness } from '../fairness/column-fairness.ts'
import type { ClassWeight } from '../train/run.ts'
import { atThreshold, gapSentence, gapsAt } from './fairness-section.ts'
import { codeMarkdown, escapeMarkdown, proseMarkdown, tableMarkdown } from './markdown.ts'
import { count, counted, decimal, percent, thresholdText, timeText } from './number-text.ts'
import { metricRows, type RunFigures, type RunReportInput, runFigures } from './run-figures.ts'
import { FAMILY_TITLES } from './titles.ts'

export interface ModelCardInput extends RunReportInput {
  readonly contract: Pick<Contract, 'features' | 'sensitive' | 'ignore' | 'weight'>
  readonly data: {
    /** Where the table was read from. */
    readonly source: string
    readonly rows: number
    /** Lower-case hex. */
    readonly sha256?: string
  }
  /** How much a class counted in training; absent: as much as its rows. */
  readonly classWeight?: ClassWeight
  /** What the run file says. */
  readonly description?: string
  readonly author?: string
}

export function modelCard(input: ModelCardInput): string {
  const figures = runFigures(input)
  const sections = [
    [`# Model card: ${escapeMarkdown(input.title)}`],
    whatItPredicts(input),
    intendedUse(input),
    dataSection(input, figures),
    metricsSection(input, figures),
    fairnessSection(input),
    limitsSection(input, figures),
    ethicalNotes(input),
    reproduceSection(input),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function whatItPredicts({
  target,
  family,
  size,
  threshold,
  contract,
  name,
  version,
  timestamp,
}: ModelCardInput): string[] {
  const [negative, positive] = target.classes.map(value => escapeMarkdown(String(value)))
  const figures = Object.entries(size ?? {}).map(([what, value]) => `${count(value)} ${what}`)
  const column = escapeMarkdown(target.column)
  return [
    '## What it predicts',
    '',
    `The probability that ${column} is ${positive}; the answer is ${positive} from ${thresholdText(threshold)} on, else ${negative}.`,
    `Model: ${[FAMILY_TITLES[family] ?? family, ...figures].join(', ')}; contract ${escapeMarkdown(name)}, version ${version === undefined ? 'not registered' : escapeMarkdown(version)}, trained ${escapeMarkdown(timeText(timestamp))}.`,
    '',
    `It reads ${counted(contract.features.length, 'feature')}:`,
    '',
    ...tableMarkdown(['feature', 'type', 'allowed', 'missing', 'description'], contract.features.map(featureRow)),
  ]
}

/** Values of a category that are listed. */
const MOST_VALUES = 12

function featureRow(feature: Feature): string[] {
  const unit = feature.type === 'category' || feature.unit === undefined ? '' : ` (${escapeMarkdown(feature.unit)})`
  return [
    escapeMarkdown(feature.name),
    `${feature.type}${unit}`,
    allowedValues(feature),
    feature.nullable ? 'allowed' : 'refused',
    [feature.description ?? [], directionText(feature)].flat().map(escapeMarkdown).join('; '),
  ]
}

/** What the contract demands of the model's answer as the feature rises. */
function directionText(feature: Feature): string[] {
  if (feature.type === 'category' || feature.monotone === undefined) return []
  return [`a higher value never ${feature.monotone === 'increasing' ? 'lowers' : 'raises'} the answer`]
}

function allowedValues(feature: Feature): string {
  if (feature.type !== 'category') {
    const { minimum, maximum } = feature
    if (minimum === undefined && maximum === undefined) return 'any'
    return [minimum === undefined ? '' : `from ${minimum}`, maximum === undefined ? '' : `to ${maximum}`]
      .join(' ')
      .trim()
  }
  const others = feature.unknown === 'other' ? '; others count as "other"' : ''
  if (feature.values === undefined) return `those of the training table${others}`
  const shown = feature.values.slice(0, MOST_VALUES).map(escapeMarkdown)
  const left = feature.values.length - shown.length
  return `${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}${others}`
}

function intendedUse({ description, author }: ModelCardInput): string[] {
  return [
    '## Intended use',
    '',
    description === undefined ? 'Not declared: the run file has no description.' : escapeMarkdown(description),
    author === undefined ? 'Author: not declared.' : `Author: ${escapeMarkdown(author)}.`,
  ]
}

function dataSection(
  { data, metrics, contract, notes, classWeight }: ModelCardInput,
  { baseRate }: RunFigures,
): string[] {
  const sensitive = contract.sensitive.map(({ name }) => escapeMarkdown(name))
  const ignored = contract.ignore.map(escapeMarkdown)
  return [
    '## Data',
    '',
    `- ${escapeMarkdown(data.source)}: ${counted(data.rows, 'row')}${data.sha256 === undefined ? '' : `, SHA-256 ${codeMarkdown(data.sha256)}`}.`,
    `- ${counted(metrics.rows, 'row')} of them were held out and never trained on; every number below is of these. ${percent(baseRate)} of them are positive.`,
    ...(sensitive.length > 0
      ? [`- Sensitive columns, measured for fairness and never inputs: ${sensitive.join(', ')}.`]
      : []),
    ...(contract.weight === undefined
      ? []
      : [`- Training rows count as ${escapeMarkdown(contract.weight)} says; every number below is unweighted.`]),
    ...classWeightText(classWeight),
    ...(ignored.length > 0 ? [`- Columns that are not read: ${ignored.join(', ')}.`] : []),
    ...(notes ?? []).map(note => `- ${proseMarkdown(note)}`),
  ]
}

function classWeightText(rule: ClassWeight = 'none'): string[] {
  if (rule === 'none') return []
  const how =
    rule === 'balanced'
      ? 'both classes count the same in total'
      : `a positive row counts as ${rule.positive} negative ones`
  return [`- In training ${how}; every number below is unweighted.`]
}

function metricsSection(input: ModelCardInput, figures: RunFigures): string[] {
  const { threshold, crossValidation: folds, thresholdChoice: choice, calibration } = input
  const rows = metricRows(input).map(({ title, value, interval, definition }) => [
    title,
    value,
    interval,
    escapeMarkdown(definition),
  ])
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = figures.confusion
  return [
    '## Metrics',
    '',
    ...tableMarkdown(['metric', 'value', '95 % interval', 'what it is'], rows),
    '',
    `At threshold ${thresholdText(threshold)}: ${count(truePositives)} positives found and ${count(falseNegatives)} missed, ${count(falsePositives)} negatives called positive by mistake and ${count(trueNegatives)} not.`,
    ...(choice === undefined || choice.rule === 'fixed'
      ? []
      : [`The rule ${choice.rule} chose the threshold on the validation part, not on these rows.`]),
    ...(calibration === undefined
      ? []
      : [`Calibration: ${calibration.calibrator.method}; ${escapeMarkdown(calibration.reason)}.`]),
    ...(folds
      ? [
          `Cross-validation, ${counted(folds.folds, 'fold')}: ROC-AUC ${decimal(folds.roc_auc_mean, 4)} ± ${decimal(folds.roc_auc_std, 4)}.`,
        ]
      : []),
  ]
}

function fairnessSection({ fairness, threshold }: ModelCardInput): string[] {
  const title = ['## Fairness', '']
  if (fairness === undefined || fairness.columns.length === 0) {
    return [...title, 'Not measured: the contract names no sensitive column.']
  }
  const findings = gapsAt(fairness.findings, threshold).map(({ sentence }) => `- ${proseMarkdown(sentence)}`)
  const limit = decimal(fairness.gap_limit, 2)
  const proxies = fairness.proxies
  return [
    ...title,
    `Measured on the held-out rows; groups with fewer than ${counted(fairness.minimum.rows, 'row')}, or ${counted(fairness.minimum.positives, 'positive')} or ${counted(fairness.minimum.negatives, 'negative')} where a rate is of these, are too few to tell and left out.`,
    ...(fairness.reweighed === null
      ? []
      : [
          '',
          `Training rows were weighted so that ${escapeMarkdown(fairness.reweighed)} and the label are independent.`,
        ]),
    ...fairness.columns.flatMap(column => columnLines(column, threshold)),
    '',
    findings.length === 0 ? `No measured gap is above ${limit}.` : `Gaps above ${limit}, and what could be done:`,
    ...(findings.length === 0 ? [] : ['', ...findings]),
    ...(proxies === undefined
      ? []
      : [
          '',
          `Proxies: ${escapeMarkdown(proxies.rule)}`,
          '',
          ...proxies.columns.map(({ sentence }) => `- ${proseMarkdown(sentence)}`),
        ]),
  ]
}

function columnLines(column: ColumnFairness, threshold: number): string[] {
  const at = atThreshold(column, threshold)
  const head = ['', `### ${escapeMarkdown(column.column)}`, '']
  if (at === undefined) return [...head, 'No row has a value.']
  const sentences = [at.demographic_parity, at.equal_opportunity, at.predictive_equality].map(gapSentence)
  return [
    ...head,
    `${counted(column.groups.length, 'group')} at threshold ${thresholdText(at.threshold)}, reference ${escapeMarkdown(column.reference.group)}.`,
    '',
    ...sentences.map(sentence => `- ${escapeMarkdown(sentence)}`),
  ]
}

function limitsSection({ contract, metrics }: ModelCardInput, { reliability, curve }: RunFigures): string[] {
  const { expectedCalibrationError: error } = reliability
  const rarer = Math.min(curve.positives, curve.negatives)
  const closed = contract.features.filter(feature => feature.type === 'category' && feature.unknown === 'error')
  return [
    '## Limits',
    '',
    `- Judged on held-out rows of the same table, ${counted(rarer, 'row')} of the rarer class among ${count(metrics.rows)}: whether later rows are alike is what \`npm run drift\` measures.`,
    `- Probabilities are off by ${decimal(error)} on average in ten bins; ${percent(reliability.meanProbability)} said, ${percent(reliability.positiveRate)} happened.`,
    ...(closed.length > 0
      ? [`- A value it does not know is refused in: ${closed.map(({ name }) => escapeMarkdown(name)).join(', ')}.`]
      : []),
  ]
}

/** Only what the contract's author wrote about sensitive columns. */
function ethicalNotes({ contract }: ModelCardInput): string[] {
  const described = contract.sensitive.filter(({ description }) => description !== undefined)
  if (described.length === 0) return []
  const lines = described.map(
    ({ name, description = '' }) => `- ${escapeMarkdown(name)}: ${escapeMarkdown(description)}`,
  )
  return ['## Ethical notes', '', 'What the contract says about its sensitive columns:', '', ...lines]
}

function reproduceSection({ gitSha, version }: ModelCardInput): string[] {
  return [
    '## How to reproduce',
    '',
    'run.yaml beside this card is the whole run: contract, data, seed and every setting. With the same data and code it gives the same model, byte for byte:',
    '',
    '```sh',
    'npm run train -- --run run.yaml',
    '```',
    '',
    `Code revision ${codeMarkdown(gitSha)}${version === undefined ? '' : `, version ${codeMarkdown(version)}`}.`,
  ]
}
