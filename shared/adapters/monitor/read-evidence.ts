/**
 * Metrics history and drift report by name, wherever names lead: `read` gives the bytes of a file or of a key. It throws
 * NOT_FOUND or STORAGE_FAILED with a message that begins with the name and may be shown.
 */
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { type DriftEvidence, type MissingDrift, parseDriftText } from '../../core/monitor/drift-evidence.ts'
import { type MetricsHistory, parseMetricsLines } from '../../core/monitor/metrics-history.ts'

export type ReadBytes = (name: string) => Promise<Uint8Array>

/** Throws what `read` throws, and INVALID_METRICS for what is no JSON Lines of points. */
export async function readMetrics(name: string, read: ReadBytes): Promise<MetricsHistory> {
  return parseMetricsLines(decode(await read(name), name, 'INVALID_METRICS'), name)
}

/** A report that is not there or cannot be read is a finding; one that is no report throws INVALID_REPORT. */
export async function readDrift(name: string, read: ReadBytes): Promise<DriftEvidence | MissingDrift> {
  let bytes: Uint8Array
  try {
    bytes = await read(name)
  } catch (error) {
    const isMissing = error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'STORAGE_FAILED')
    if (isMissing) return { missing: error.message }
    throw error
  }
  return parseDriftText(decode(bytes, name, 'INVALID_REPORT'), name)
}

function decode(bytes: Uint8Array, name: string, code: ErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError(code, `${name} is not UTF-8 text`, { cause })
  }
}
