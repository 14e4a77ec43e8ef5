/** `npm start`: data if there is none, a champion if there is none, then every function on one port. */
import { access } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseConfig } from '../functions/config.ts'
import { configuredMonitoring } from '../functions/configured-monitoring.ts'
import { endService, stopSignal } from '../functions/end-of-service.ts'
import { joinDetails } from '../functions/health.ts'
import { loadMonitorRules } from '../functions/monitor.ts'
import { openOutputs } from '../functions/outputs.ts'
import { makeRoutes } from '../functions/routes.ts'
import { serveChampion } from '../functions/serve-champion.ts'
import { startServer } from '../functions/server.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { resolveRun } from '../shared/adapters/files/resolve-run.ts'
import { makeLog } from '../shared/adapters/http/log.ts'
import { keepModelFiles } from '../shared/adapters/registry/file-cache.ts'
import { type ModelStore, openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { AppError } from '../shared/core/errors.ts'
import { defineCommand, gitRevision, runCommand, type Terminal } from './cli.ts'
import { DEFAULT_DATA, generatorNames, writeData } from './data/write-data.ts'
import { withProgress } from './progress.ts'
import { describeVersion } from './train.ts'
import { trainVersion } from './train-version.ts'

export const startCommand = defineCommand({
  name: 'start',
  summary:
    'Serves every function at http://localhost:8080; writes the data and trains a first model where they are missing.',
  example: 'PORT=8081 npm start',
  options: {},
  async run(_args, terminal) {
    const config = parseConfig()
    const storage = openStorage(config.modelUri, { gcsApiEndpoint: config.gcsApiEndpoint })
    const store = keepModelFiles(openModelStore(storage), config.modelCache)
    if ((await store.championNumber()) === 0) await trainFirst(config.contract, store, terminal)
    const log = makeLog({ level: config.logLevel, project: config.googleCloudProject })
    const { writer, predictions, records, details } = openOutputs({ config, log })
    const champion = serveChampion({ store, reloadSeconds: config.modelReloadSeconds, log })
    const { loadModel } = champion
    const publish = configuredMonitoring(config)?.publish
    const routes = makeRoutes({
      loadModel,
      predictions,
      modelName: config.contract,
      details: joinDetails(champion.details, details),
      models: { store, champion, adminToken: config.adminToken },
      drift: {
        storage,
        store,
        loadContract: () => readContract(config.contract, { root: '' }),
        now: () => new Date(),
        log,
        records,
        publish,
      },
      monitor: { storage, loadRules: () => loadMonitorRules(store), records, publish },
    })
    const server = await startServer({ routes, log, port: config.port })
    loadModel().then(
      ({ name, version }) =>
        terminal.note(`${name} ${version} is served at http://localhost:${server.port}; stop it with Ctrl-C`),
      error => log.error('the champion could not be loaded; the next request tries again', error),
    )
    await stopSignal()
    await endService(server.close, writer)
    // A look at a registry that does not answer would keep the process alive.
    process.exit()
  },
})

async function trainFirst(contractName: string, store: ModelStore, terminal: Terminal): Promise<void> {
  const contract = await readContract(contractName, { root: '' })
  if (!(await exists(contract.data))) {
    if (!(await generatorNames()).includes(contract.name)) {
      throw new AppError(
        'INVALID_TABLE',
        `${contract.data}: no such file; contract ${contract.name} has its table there`,
      )
    }
    terminal.note(`no ${contract.data}; writing the seeded data`)
    await writeData({ ...DEFAULT_DATA, contract: contract.name })
  }
  terminal.note(`no champion in ${store.uri}; training one`)
  const resolved = await resolveRun({ root: '', contract: contractName, defaultContract: contractName })
  const trained = await withProgress({ enabled: terminal.interactive }, progress =>
    trainVersion(resolved, store, {
      root: '',
      folds: 0,
      threads: availableParallelism(),
      promote: false,
      gitSha: gitRevision(),
      now: new Date(),
      by: 'start',
      progress,
    }),
  )
  terminal.note(describeVersion(trained, store.uri))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

if (import.meta.main) await runCommand(startCommand)
