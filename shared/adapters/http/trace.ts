/**
 * Which trace a request belongs to, by W3C `traceparent` or else Google's `X-Cloud-Trace-Context`, and the fields by which
 * Cloud Logging shows a line beside its trace. Headers come from anybody: only what has the right form is taken.
 */

export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId?: string
  readonly isSampled?: boolean
}

/** Version ff is none. */
const W3C = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const GOOGLE = /^([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=([0-3]))?$/i
const ZEROS = /^0+$/

export function traceOf(headers: Readonly<Record<string, string | string[] | undefined>>): Trace | undefined {
  return fromW3c(headers.traceparent) ?? fromGoogle(headers['x-cloud-trace-context'])
}

function fromW3c(header: string | string[] | undefined): Trace | undefined {
  const [, traceId, spanId, flags] = (typeof header === 'string' && W3C.exec(header)) || []
  if (traceId === undefined || ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

function fromGoogle(header: string | string[] | undefined): Trace | undefined {
  const [, traceId, span, option] = (typeof header === 'string' && GOOGLE.exec(header)) || []
  if (traceId === undefined || ZEROS.test(traceId)) return undefined
  const spanId = span === undefined ? 0n : BigInt.asUintN(64, BigInt(span))
  return {
    traceId: traceId.toLowerCase(),
    ...(spanId > 0n && { spanId: spanId.toString(16).padStart(16, '0') }),
    ...(option !== undefined && { isSampled: (Number(option) & 1) === 1 }),
  }
}

export function traceFields(
  { traceId, spanId, isSampled }: Trace,
  project: string | undefined,
): Record<string, unknown> {
  return {
    'logging.googleapis.com/trace': project === undefined ? traceId : `projects/${project}/traces/${traceId}`,
    ...(spanId !== undefined && { 'logging.googleapis.com/spanId': spanId }),
    ...(isSampled !== undefined && { 'logging.googleapis.com/trace_sampled': isSampled }),
  }
}
