/** Why a model is calibrated as it is: what was compared on the validation part, and what it changed on the held-out rows. */
import type { CalibrationMethod } from '../calibration/calibrator.ts'
import type { CalibrationChoice } from '../calibration/choose-calibrator.ts'
import type { HeldOutJudgement, HeldOutMetrics } from '../train/judge.ts'
import { type Html, html } from './html.ts'
import { counted, decimal } from './number-text.ts'
import { tableHtml } from './page.ts'

export type ReportedCalibration = CalibrationChoice & Pick<HeldOutJudgement, 'uncalibrated'>

const METHODS: Readonly<Record<CalibrationMethod, string>> = {
  none: 'none: the sigmoid of the log-odds',
  platt: 'Platt: a slope and an intercept',
  isotonic: 'isotonic: pooled adjacent violators',
}
const number = (name: string) => ({ name, isNumber: true })

export function calibrationDecision(calibration: ReportedCalibration | undefined, metrics: HeldOutMetrics): Html[] {
  if (calibration === undefined) return []
  const { calibrator, reason, compared, uncalibrated } = calibration
  return [
    html`<h3>Why ${METHODS[calibrator.method]}</h3>
<p>Decided on ${counted(calibration.rows, 'validation row')}: ${reason}.</p>`,
    ...(compared.length > 0 ? [comparedTable(calibration)] : []),
    ...(uncalibrated ? [changeTable(uncalibrated, metrics)] : []),
  ]
}

function comparedTable({ calibrator, compared }: ReportedCalibration): Html {
  return tableHtml({
    caption:
      'Cross-fitted on the validation part: each row is judged by a calibrator that was not fitted on it. A method is taken when it gains more than its standard error.',
    columns: [{ name: 'method' }, number('log loss'), { name: 'against' }, number('gain'), number('standard error')],
    rows: compared.map(({ method, log_loss, against, gain, standard_error }) => [
      method === calibrator.method ? `${method} (in use)` : method,
      decimal(log_loss, 5),
      against ?? '',
      gain === undefined ? '' : decimal(gain, 5),
      standard_error === undefined ? '' : decimal(standard_error, 5),
    ]),
  })
}

function changeTable(before: NonNullable<HeldOutJudgement['uncalibrated']>, after: HeldOutMetrics): Html {
  const figures = [
    ['log loss', 'log_loss'],
    ['Brier score', 'brier'],
    ['calibration error', 'ece'],
    ['ROC-AUC', 'roc_auc'],
  ] as const
  return tableHtml({
    caption: 'What it changed on the held-out rows, which took no part in the choice',
    columns: [{ name: 'figure' }, number('without'), number('with')],
    rows: figures.map(([title, key]) => [title, decimal(before[key], 4), decimal(after[key], 4)]),
  })
}
