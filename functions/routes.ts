/**
 * The whole HTTP surface: one table, which the lean host serves as it is. A function is the same table with its own path
 * at the root too.
 */
import type { Routes } from '../shared/adapters/http/handler.ts'
import { type DriftDeps, makeDrift, makeLatestDrift } from './drift.ts'
import { type HealthDeps, makeHealth } from './health.ts'
import { type ModelDeps, makeModelInfo, makeModelList, makeModelReload } from './models.ts'
import { type MonitorDeps, makeMonitor } from './monitor.ts'
import { makePredict, type PredictDeps } from './predict.ts'

export interface RouteDeps extends PredictDeps, Pick<HealthDeps, 'details'> {
  readonly models: ModelDeps
  readonly drift: DriftDeps
  readonly monitor: MonitorDeps
}

export function makeRoutes({ models, drift, monitor, details, ...predict }: RouteDeps): Routes {
  return {
    '/predict': { POST: makePredict(predict) },
    '/drift': { POST: makeDrift(drift), GET: makeLatestDrift(drift) },
    '/monitor': { POST: makeMonitor(monitor) },
    '/models': { GET: makeModelList(models) },
    '/model/info': { GET: makeModelInfo(models) },
    '/model/reload': { POST: makeModelReload(models) },
    '/health': { GET: makeHealth({ check: predict.loadModel, details }) },
  }
}

/** A function answers at `/`, at its own path and at /health. */
export function functionRoutes(routes: Routes, path: '/predict' | '/drift' | '/monitor' | '/health'): Routes {
  return { '/': routes[path], [path]: routes[path], '/health': routes['/health'] }
}
