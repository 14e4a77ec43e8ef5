/**
 * The log: one JSON line per request on stdout, with the field names Cloud Logging reads (severity, message, httpRequest).
 * A line never holds a body, a header or a query, so no customer's data and no token can get into it.
 */
import { type DestinationStream, pino } from 'pino'
import { AppError } from '../../core/errors.ts'
import { type Trace, traceFields } from './trace.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export interface RequestEntry {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly requestId: string
  /** What the handler adds, for example model version and number of rows. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** What was thrown, logged with its stack when the answer is 5xx. */
  readonly error?: unknown
  /** The trace that the request belongs to. */
  readonly trace?: Trace
}

export interface Log {
  request(entry: RequestEntry): void
  info(message: string): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, error: unknown): void
}

/** pino's level → Cloud Logging's severity. */
const SEVERITY: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

/** Paths and methods come from anybody; a line stays readable. */
const MAX_LOGGED_CHARS = 200

/** Lines that could not be written are kept for the next try up to here, and then dropped. */
const MAX_UNWRITTEN_CHARS = 1_000_000

export interface LogOptions {
  readonly level: LogLevel
  /** Default: stdout, written before the call returns, so that a crash loses no line. */
  readonly destination?: DestinationStream
  /** The Google Cloud project whose traces requests belong to; undefined: a trace is logged by its bare id. */
  readonly project?: string
}

export function makeLog({ level, destination = openStdout(), project }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ severity: SEVERITY[label] }) },
    },
    destination,
  )
  return {
    request(entry) {
      const { method, status } = entry
      const path = entry.path.slice(0, MAX_LOGGED_CHARS)
      const httpRequest = {
        requestMethod: method,
        requestUrl: path,
        status,
        latency: `${(entry.durationMs / 1000).toFixed(6)}s`,
      }
      const { error } = entry
      const line = {
        httpRequest,
        request_id: entry.requestId,
        ...(entry.trace && traceFields(entry.trace, project)),
        ...entry.fields,
        // Of a client's mistake only the code: the message quotes what was sent.
        ...(error instanceof AppError && { error_code: error.code }),
        ...(status >= 500 && error !== undefined && { stack_trace: stackOf(error) }),
      }
      logger[levelOf(status)](line, `${method} ${path} ${status}`)
    },
    info(message) {
      logger.info(message)
    },
    warn(message, fields = {}) {
      logger.warn(fields, message)
    },
    error(message, error) {
      logger.error({ stack_trace: stackOf(error) }, message)
    },
  }
}

/** A full disk behind stdout costs log lines and never a request: there is nowhere left to tell of it. */
function openStdout(): DestinationStream {
  const stdout = pino.destination({ dest: 1, sync: true, maxLength: MAX_UNWRITTEN_CHARS })
  stdout.on('error', () => {})
  return stdout
}

function levelOf(status: number): 'info' | 'warn' | 'error' {
  if (status >= 500) return 'error'
  return status >= 400 ? 'warn' : 'info'
}

/** The stacks of an error and its causes. Nothing else of them: SDK errors carry the request they made, token included. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`
  const stack = error.stack ?? error.message
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack
}
