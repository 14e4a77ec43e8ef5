/** Whether probabilities mean what they say, in two pictures: ten bins against the straight line, and the rows in each. */
import type { Reliability, ReliabilityBin } from '../calibration/reliability.ts'
import { shareOf } from '../fairness/measure.ts'
import { type Canvas, SHARE_AXIS } from './canvas.ts'
import { type Html, html } from './html.ts'
import { decimal, shortCount } from './number-text.ts'

/** A bin with rows, and Wilson's 95 % interval of its share of positives. */
interface FilledBin extends ReliabilityBin {
  readonly meanProbability: number
  readonly positiveRate: number
  readonly low: number
  readonly high: number
}

export function reliabilityChart(canvas: Canvas, { bins, expectedCalibrationError }: Reliability): Html {
  const filled = bins.flatMap((bin): FilledBin[] => {
    const { meanProbability, positiveRate } = bin
    if (meanProbability === null || positiveRate === null) return []
    const { low, high } = shareOf(bin.positives, bin.rows)
    return [{ ...bin, meanProbability, positiveRate, low, high }]
  })
  const dots = dotsAgainstLine(canvas, filled, decimal(expectedCalibrationError))
  return html`${dots}${rowsPerBin(canvas, bins)}`
}

function dotsAgainstLine({ plot, draw }: Canvas, bins: readonly FilledBin[], error: string): Html {
  const told = bins.map(bin => `${decimal(bin.meanProbability, 2)} said, ${decimal(bin.positiveRate, 2)} happened`)
  const place = { x: 'meanProbability', y: 'positiveRate' }
  return draw({
    label: `Calibration, expected calibration error ${error}: ${told.join('; ')}`,
    height: 230,
    marginBottom: 20,
    x: { ...SHARE_AXIS, label: null },
    y: { ...SHARE_AXIS, label: 'share of positives' },
    marks: [
      plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'var(--muted)', strokeDasharray: '4 4' },
      ),
      plot.ruleX(bins, { x: 'meanProbability', y1: 'low', y2: 'high', stroke: 'var(--first)', strokeOpacity: 0.6 }),
      plot.line(bins, { ...place, stroke: 'var(--first)', strokeWidth: 1.5 }),
      plot.dot(bins, { ...place, r: 3.5, fill: 'var(--first)' }),
    ],
  })
}

function rowsPerBin({ plot, draw }: Canvas, bins: readonly ReliabilityBin[]): Html {
  const most = Math.max(1, ...bins.map(bin => bin.rows))
  return draw({
    label: `Rows per bin: ${bins.map(bin => `${decimal(bin.from, 1)} to ${decimal(bin.to, 1)}: ${shortCount(bin.rows)}`).join(', ')}`,
    height: 90,
    marginTop: 14,
    x: { ...SHARE_AXIS, grid: false, label: 'probability', labelAnchor: 'center' },
    y: { domain: [0, most], axis: null },
    marks: [
      plot.rectY(bins, { x1: 'from', x2: 'to', y: 'rows', fill: 'var(--before)', inset: 0.5 }),
      plot.text(bins, {
        x: (bin: ReliabilityBin) => (bin.from + bin.to) / 2,
        y: 'rows',
        dy: -7,
        text: (bin: ReliabilityBin) => shortCount(bin.rows),
        fill: 'var(--ink)',
      }),
    ],
  })
}
