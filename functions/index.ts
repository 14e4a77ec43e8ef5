/**
 * The framework host's entry: `npx functions-framework --target=predict`. Exports one HTTP function per target. Only the
 * function that predicts loads the champion at start; health, drift and monitor read the registry without onnxruntime.
 */
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { makeEndpoint } from '../shared/adapters/http/endpoint.ts'
import type { Routes } from '../shared/adapters/http/handler.ts'
import { makeLog } from '../shared/adapters/http/log.ts'
import { keepModelFiles } from '../shared/adapters/registry/file-cache.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { defaultToProduction, parseConfig, servedTarget } from './config.ts'
import { configuredMonitoring } from './configured-monitoring.ts'
import { makeDriftCheck } from './drift.ts'
import { endServiceOfFramework } from './end-of-service.ts'
import { asHttpFunction, keepBodiesUnread, keepRefusalsOffConsole } from './framework.ts'
import { joinDetails, makeHealth } from './health.ts'
import { makeChampionCheck } from './load-champion.ts'
import { loadMonitorRules } from './monitor.ts'
import { openOutputs } from './outputs.ts'
import { functionRoutes, makeRoutes } from './routes.ts'
import { serveChampion } from './serve-champion.ts'

defaultToProduction()
const config = parseConfig()
const { contract, modelUri, gcsApiEndpoint } = config
const log = makeLog({ level: config.logLevel, project: config.googleCloudProject })
keepRefusalsOffConsole(globalThis.console, log)
keepBodiesUnread()
const storage = openStorage(modelUri, { gcsApiEndpoint })
const store = keepModelFiles(openModelStore(storage), config.modelCache)
const champion = serveChampion({ store, reloadSeconds: config.modelReloadSeconds, log })
const { loadModel } = champion

const { writer, records, details, predictions } = openOutputs({ config, log })
const { isClosing } = endServiceOfFramework(writer)

const loadRules = () => loadMonitorRules(store)
const loadContract = () => readContract(contract, { root: '' })
const publish = configuredMonitoring(config)?.publish
const drifting = { storage, store, loadContract, now: () => new Date(), log, records, publish }
const monitoring = { storage, loadRules, records, publish }
const routes = makeRoutes({
  loadModel,
  predictions,
  modelName: contract,
  details: joinDetails(champion.details, details),
  models: { store, champion, adminToken: config.adminToken },
  drift: drifting,
  monitor: monitoring,
})
const healthRoutes = { ...routes, '/health': { GET: makeHealth({ check: makeChampionCheck(store) }) } }
const driftRoutes = { ...routes, '/health': { GET: makeHealth({ check: makeDriftCheck(drifting), details }) } }
const monitorRoutes = { ...routes, '/health': { GET: makeHealth({ check: loadRules, details }) } }

const serve = (table: Routes) => asHttpFunction(makeEndpoint({ routes: table, log }), isClosing)
export const predict = serve(functionRoutes(routes, '/predict'))
export const health = serve(functionRoutes(healthRoutes, '/health'))
export const drift = serve(functionRoutes(driftRoutes, '/drift'))
export const monitor = serve(functionRoutes(monitorRoutes, '/monitor'))

if (servedTarget() === 'predict') {
  loadModel().catch(error => log.error('the champion could not be loaded; the next request tries again', error))
}
