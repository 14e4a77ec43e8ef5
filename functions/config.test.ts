import { expect, test } from 'vitest'
import { AppError } from '../shared/core/errors.ts'
import { type Config, defaultToProduction, type Environment, parseConfig, servedTarget } from './config.ts'

const DEFAULTS: Config = {
  contract: 'churn',
  modelUri: 'artifacts/registry/churn',
  modelReloadSeconds: 60,
  modelCache: undefined,
  adminToken: undefined,
  sinkUri: 'sqlite:artifacts/treeline.db',
  port: 8080,
  logLevel: 'info',
  gcsApiEndpoint: undefined,
  bigqueryApiEndpoint: undefined,
  googleCloudProject: undefined,
  incidentWebhookUrl: undefined,
  monitoringProject: undefined,
  monitoringApiEndpoint: undefined,
}

test.each<[string, Environment, Partial<Config>]>([
  ['an empty environment gives the defaults', {}, {}],
  ['an empty variable counts as unset', { PORT: '', CONTRACT: '', MODEL_URI: '', GCS_API_ENDPOINT: '' }, {}],
  [
    'the registry follows the contract',
    { CONTRACT: 'adult' },
    { contract: 'adult', modelUri: 'artifacts/registry/adult' },
  ],
  ['an address wins over the contract', { CONTRACT: 'adult', MODEL_URI: 'm' }, { contract: 'adult', modelUri: 'm' }],
  ['a bucket is an address', { MODEL_URI: 'gs://my-bucket/models/churn' }, { modelUri: 'gs://my-bucket/models/churn' }],
  ['a champion can be kept for ever', { MODEL_RELOAD_SECONDS: '0' }, { modelReloadSeconds: 0 }],
  ['files can be kept in a folder', { MODEL_CACHE: 'cache' }, { modelCache: 'cache' }],
  ['an operator has a token', { ADMIN_TOKEN: '0123456789abcdef' }, { adminToken: '0123456789abcdef' }],
  ['port 0 asks for any free port', { PORT: '0' }, { port: 0 }],
  ['65535 is the last port', { PORT: '65535' }, { port: 65_535 }],
  ['a log can be silent', { LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
  [
    'an emulator has an address',
    { GCS_API_ENDPOINT: 'http://127.0.0.1:4443' },
    { gcsApiEndpoint: 'http://127.0.0.1:4443' },
  ],
  ['a sink can be nothing', { SINK_URI: 'none' }, { sinkUri: 'none' }],
  ['a sink can be a dataset', { SINK_URI: 'bigquery://my-project/ds' }, { sinkUri: 'bigquery://my-project/ds' }],
  ['a project has an id', { GOOGLE_CLOUD_PROJECT: 'my-project-1' }, { googleCloudProject: 'my-project-1' }],
  [
    'the emulator of BigQuery has an address too',
    { BIGQUERY_API_ENDPOINT: 'http://127.0.0.1:9050' },
    { bigqueryApiEndpoint: 'http://127.0.0.1:9050' },
  ],
  [
    'a webhook has an address',
    { INCIDENT_WEBHOOK_URL: 'https://hooks.example.com/T/secret' },
    { incidentWebhookUrl: 'https://hooks.example.com/T/secret' },
  ],
  [
    'metrics have a project and a stub an address',
    { MONITORING_PROJECT: 'my-project-1', MONITORING_API_ENDPOINT: 'http://127.0.0.1:9090' },
    { monitoringProject: 'my-project-1', monitoringApiEndpoint: 'http://127.0.0.1:9090' },
  ],
  ['an old project has a domain', { MONITORING_PROJECT: 'example.com:old' }, { monitoringProject: 'example.com:old' }],
  ['other variables are ignored', { HOME: '/root', port: '1' }, {}],
])('%s', (_, environment, expected) => {
  expect(parseConfig(environment)).toEqual({ ...DEFAULTS, ...expected })
})

test.each([
  [
    'CONTRACT',
    '../secret',
    'CONTRACT is "../secret"; allowed: a contract name: lower-case letters, digits, "-" and "_"',
  ],
  ['CONTRACT', 'Churn', 'CONTRACT is "Churn"'],
  ['MODEL_URI', 's3://bucket/models', 'MODEL_URI is "s3://bucket/models"; allowed: a folder or gs://bucket/prefix'],
  ['MODEL_URI', 'gs://', 'MODEL_URI is "gs://"'],
  ['MODEL_RELOAD_SECONDS', '-1', 'MODEL_RELOAD_SECONDS is "-1"; allowed: a whole number from 0 (never) to 86400'],
  ['MODEL_RELOAD_SECONDS', '86401', 'MODEL_RELOAD_SECONDS is "86401"'],
  ['MODEL_RELOAD_SECONDS', '1.5', 'MODEL_RELOAD_SECONDS is "1.5"'],
  [
    'ADMIN_TOKEN',
    'short-secret',
    'ADMIN_TOKEN is 12 characters that are not shown; allowed: 16 to 200 visible ASCII characters',
  ],
  ['SINK_URI', 'memory:', 'SINK_URI is "memory:"; allowed: sqlite:FILE, bigquery://project/dataset or none'],
  ['SINK_URI', 'treeline.db', 'SINK_URI is "treeline.db"'],
  ['BIGQUERY_API_ENDPOINT', 'localhost:9050', 'BIGQUERY_API_ENDPOINT is "localhost:9050"'],
  ['GOOGLE_CLOUD_PROJECT', 'My Project', 'GOOGLE_CLOUD_PROJECT is "My Project"; allowed: a project id'],
  ['PORT', '65536', 'PORT is "65536"; allowed: a whole number from 0 (any free port) to 65535'],
  ['PORT', '-1', 'PORT is "-1"'],
  ['PORT', '80.5', 'PORT is "80.5"'],
  ['PORT', '0x50', 'PORT is "0x50"'],
  ['PORT', ' 80', 'PORT is " 80"'],
  ['LOG_LEVEL', 'verbose', 'LOG_LEVEL is "verbose"; allowed: trace, debug, info, warn, error, fatal, silent'],
  ['LOG_LEVEL', 'INFO', 'LOG_LEVEL is "INFO"'],
  ['GCS_API_ENDPOINT', 'localhost:4443', 'GCS_API_ENDPOINT is "localhost:4443"; allowed: an http:// or https:// URL'],
  ['GCS_API_ENDPOINT', 'ftp://localhost', 'GCS_API_ENDPOINT is "ftp://localhost"'],
  ['MONITORING_PROJECT', 'My Project', 'MONITORING_PROJECT is "My Project"; allowed: the id of a Google Cloud project'],
  ['MONITORING_API_ENDPOINT', 'localhost:1', 'MONITORING_API_ENDPOINT is "localhost:1"'],
  [
    'INCIDENT_WEBHOOK_URL',
    'hooks/secret',
    'INCIDENT_WEBHOOK_URL is 12 characters that are not shown; allowed: an http:// or https:// URL',
  ],
])('%s=%s is refused with its name', (name, value, message) => {
  let error: unknown
  try {
    parseConfig({ [name]: value })
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(AppError)
  expect(error).toMatchObject({ code: 'CONFIG', exitCode: 2, problems: [{ field: name, code: 'invalid_option' }] })
  expect((error as AppError).message).toContain(message)
})

test('all wrong variables are refused at once', () => {
  const read = () => parseConfig({ CONTRACT: '?', PORT: 'x', LOG_LEVEL: 'y' })
  expect(read).toThrow(/CONTRACT is "\?".*PORT is "x".*LOG_LEVEL is "y"/s)
})

test.each<[string, string[], Environment, string | undefined]>([
  ['--target=x', ['node', 'main.js', '--target=predict'], {}, 'predict'],
  ['--target x', ['node', 'main.js', '--target', 'health', '--port', '1'], {}, 'health'],
  ['FUNCTION_TARGET', ['node', 'main.js'], { FUNCTION_TARGET: 'health' }, 'health'],
  ['the argument before the variable', ['--target=predict'], { FUNCTION_TARGET: 'health' }, 'predict'],
  ['nothing said', ['node', 'main.js'], {}, undefined],
])('the served target is read from %s', (_, args, environment, target) => {
  expect(servedTarget(environment, args)).toBe(target)
})

test('NODE_ENV becomes production unless it is set', () => {
  const unset: Record<string, string | undefined> = {}
  const set: Record<string, string | undefined> = { NODE_ENV: 'development' }
  defaultToProduction(unset)
  defaultToProduction(set)
  expect([unset.NODE_ENV, set.NODE_ENV]).toEqual(['production', 'development'])
})
