/**
 * The environment, read here and nowhere else. Every option is one row of the table; the README lists the same rows. A
 * wrong value is refused at start with its name, and all wrong ones at once.
 */
import { LOG_LEVELS, type LogLevel } from '../shared/adapters/http/log.ts'
import { openSink } from '../shared/adapters/sinks/open-sink.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { AppError, type Problem, quoteValue } from '../shared/core/errors.ts'

export interface Config {
  readonly contract: string
  readonly modelUri: string
  readonly sinkUri: string
  readonly port: number
  readonly logLevel: LogLevel
  /** Seconds between two looks at the champion; 0: never again. */
  readonly modelReloadSeconds: number
  /** Folder for files of a gs:// registry; undefined: one in the system's temporary folder. */
  readonly modelCache: string | undefined
  /** A secret. undefined: POST /model/reload is refused. */
  readonly adminToken: string | undefined
  /** undefined: Google's own address. */
  readonly gcsApiEndpoint: string | undefined
  /** undefined: Google's own address. */
  readonly bigqueryApiEndpoint: string | undefined
  /** undefined: traces are logged without their project. */
  readonly googleCloudProject: string | undefined
  /** A secret, as webhooks' addresses are. undefined: incidents are told to nobody. */
  readonly incidentWebhookUrl: string | undefined
  /** undefined: metrics are published nowhere. */
  readonly monitoringProject: string | undefined
  /** undefined: Google's own address. */
  readonly monitoringApiEndpoint: string | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

interface Option<Value> {
  /** The environment variable. */
  readonly name: string
  /** As it would be written; `<contract>` stands for CONTRACT. Empty: none. */
  readonly default: string
  /** undefined: the text is not allowed. */
  readonly parse: (text: string) => Value | undefined
  readonly allowed: string
  readonly description: string
  /** true: the value stands in no message. */
  readonly isSecret?: boolean
}

export const OPTIONS: { readonly [Key in keyof Config]: Option<Config[Key]> } = {
  contract: {
    name: 'CONTRACT',
    default: 'churn',
    parse: text => (/^[a-z0-9][a-z0-9_-]{0,63}$/.test(text) ? text : undefined),
    allowed: 'a contract name: lower-case letters, digits, "-" and "_"',
    description: 'which contract of data/contracts is served',
  },
  modelUri: {
    name: 'MODEL_URI',
    default: 'artifacts/registry/<contract>',
    // A store in memory would be gone with the process that filled it.
    parse: text => (text !== 'memory:' && isStoreAddress(text) ? text : undefined),
    allowed: 'a folder or gs://bucket/prefix',
    description: 'the registry: where model versions and the champion are',
  },
  modelReloadSeconds: {
    name: 'MODEL_RELOAD_SECONDS',
    default: '60',
    parse: text => (/^\d{1,5}$/.test(text) && Number(text) <= 86_400 ? Number(text) : undefined),
    allowed: 'a whole number from 0 (never) to 86400',
    description: 'after how many seconds the champion is looked up again; 0: never',
  },
  modelCache: {
    name: 'MODEL_CACHE',
    default: '',
    parse: text => (text.includes('\0') ? undefined : text),
    allowed: 'a folder',
    description: "where files of a gs:// registry are kept between starts; unset: in the system's temporary folder",
  },
  adminToken: {
    name: 'ADMIN_TOKEN',
    default: '',
    parse: text => (/^[\x21-\x7e]{16,200}$/.test(text) ? text : undefined),
    allowed: '16 to 200 visible ASCII characters',
    description: 'what `POST /model/reload` must bring as `x-admin-token`; unset: it is refused',
    isSecret: true,
  },
  sinkUri: {
    name: 'SINK_URI',
    default: 'sqlite:artifacts/treeline.db',
    // A sink in memory would be gone with the process that filled it.
    parse: text => (text !== 'memory:' && isSinkAddress(text) ? text : undefined),
    allowed: 'sqlite:FILE, bigquery://project/dataset or none',
    description: 'where predictions, feature counts, outcomes, metrics, drift reports and plans are kept',
  },
  port: {
    name: 'PORT',
    default: '8080',
    parse: text => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
    allowed: 'a whole number from 0 (any free port) to 65535',
    description: 'the port the server listens on',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    default: 'info',
    parse: text => LOG_LEVELS.find(level => level === text),
    allowed: LOG_LEVELS.join(', '),
    description: 'the least severe log line that is written',
  },
  gcsApiEndpoint: {
    name: 'GCS_API_ENDPOINT',
    default: '',
    parse: text => (isHttpUrl(text) ? text : undefined),
    allowed: 'an http:// or https:// URL',
    description: 'address of a Cloud Storage emulator; unset: the real one',
  },
  bigqueryApiEndpoint: {
    name: 'BIGQUERY_API_ENDPOINT',
    default: '',
    parse: text => (isHttpUrl(text) ? text : undefined),
    allowed: 'an http:// or https:// URL',
    description: 'address of a BigQuery emulator; unset: the real one',
  },
  googleCloudProject: {
    name: 'GOOGLE_CLOUD_PROJECT',
    default: '',
    parse: text => (/^[a-z][a-z0-9-]{4,61}[a-z0-9]$/.test(text) ? text : undefined),
    allowed: 'a project id: lower-case letters, digits and "-"',
    description: 'the project whose traces the log lines name; unset: a trace is logged by its bare id',
  },
  incidentWebhookUrl: {
    name: 'INCIDENT_WEBHOOK_URL',
    default: '',
    parse: text => (isHttpUrl(text) ? text : undefined),
    allowed: 'an http:// or https:// URL',
    description: 'where `npm run monitor -- --act` posts incidents; unset: nowhere',
    isSecret: true,
  },
  monitoringProject: {
    name: 'MONITORING_PROJECT',
    default: '',
    // Old projects have a domain before a colon.
    parse: text => (/^[a-z][a-z0-9.:-]{4,61}[a-z0-9]$/.test(text) ? text : undefined),
    allowed: 'the id of a Google Cloud project',
    description: 'where drift and monitor publish custom metrics of Cloud Monitoring; unset: nowhere',
  },
  monitoringApiEndpoint: {
    name: 'MONITORING_API_ENDPOINT',
    default: '',
    parse: text => (isHttpUrl(text) ? text : undefined),
    allowed: 'an http:// or https:// URL',
    description: 'address of a gRPC stub of Cloud Monitoring; unset: the real one',
  },
}

/** An empty variable counts as unset: container tools often pass `PORT=`. */
export function parseConfig(environment: Environment = process.env): Config {
  const problems: Problem[] = []
  const read = <Value>(option: Option<Value>, fallback = option.default): Value | undefined => {
    const text = environment[option.name] || fallback
    if (text === '') return undefined
    const value = option.parse(text)
    if (value === undefined) {
      const came = option.isSecret ? `${text.length} characters that are not shown` : quoteValue(text)
      const message = `${option.name} is ${came}; allowed: ${option.allowed}`
      problems.push({ field: option.name, code: 'invalid_option', message })
    }
    return value
  }
  const contract = read(OPTIONS.contract)
  const config = {
    contract,
    modelUri: read(OPTIONS.modelUri, OPTIONS.modelUri.default.replace('<contract>', contract ?? '')),
    modelReloadSeconds: read(OPTIONS.modelReloadSeconds),
    modelCache: read(OPTIONS.modelCache),
    adminToken: read(OPTIONS.adminToken),
    sinkUri: read(OPTIONS.sinkUri),
    port: read(OPTIONS.port),
    logLevel: read(OPTIONS.logLevel),
    gcsApiEndpoint: read(OPTIONS.gcsApiEndpoint),
    bigqueryApiEndpoint: read(OPTIONS.bigqueryApiEndpoint),
    googleCloudProject: read(OPTIONS.googleCloudProject),
    incidentWebhookUrl: read(OPTIONS.incidentWebhookUrl),
    monitoringProject: read(OPTIONS.monitoringProject),
    monitoringApiEndpoint: read(OPTIONS.monitoringApiEndpoint),
  }
  if (problems.length > 0) {
    throw new AppError('CONFIG', `wrong environment: ${problems.map(problem => problem.message).join('\n')}`, {
      problems,
    })
  }
  // Without a problem every option has its value or its default.
  return config as Config
}

/** Where the registry of a contract is: MODEL_URI when it is set, else the contract's own folder. */
export function modelUriOf(contract: string, environment: Environment = process.env): string {
  return parseConfig({ ...environment, CONTRACT: contract }).modelUri
}

/**
 * Which function this process serves, as the framework decides it; undefined when it says nothing. Known before the first
 * request, so that only a function that predicts loads a model at start.
 */
export function servedTarget(
  environment: Environment = process.env,
  args: readonly string[] = process.argv,
): string | undefined {
  const at = args.findIndex(arg => /^--target(?:=|$)/.test(arg))
  if (at === -1) return environment.FUNCTION_TARGET
  return args[at].includes('=') ? args[at].slice(args[at].indexOf('=') + 1) : args[at + 1]
}

/** Express shows stack traces to clients unless NODE_ENV says production; an explicit other value is left alone. */
export function defaultToProduction(environment: Record<string, string | undefined> = process.env): void {
  environment.NODE_ENV ??= 'production'
}

/** What openStorage takes; it opens nothing yet. */
function isStoreAddress(text: string): boolean {
  try {
    openStorage(text)
    return true
  } catch {
    return false
  }
}

/** What openSink takes; it opens nothing yet. */
function isSinkAddress(text: string): boolean {
  try {
    openSink(text)
    return true
  } catch {
    return false
  }
}

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}
