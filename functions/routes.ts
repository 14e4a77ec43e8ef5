/**
 * The whole HTTP surface: one table, which the lean host serves as it is. A function is the same table with its own path
 * at the root too.
 */
import type { Routes } from '../shared/adapters/http/endpoint.ts'
import { type DriftDeps, makeDrift, makeLatestDrift } from './drift.ts'
import { makeHealth } from './health.ts'
import { type MonitorDeps, makeMonitor } from './monitor.ts'
import { makePredict, type PredictDeps } from './predict.ts'

export interface RouteDeps extends PredictDeps {
  readonly drift: DriftDeps
  readonly monitor: MonitorDeps
}

export function makeRoutes({ loadModel, drift, monitor }: RouteDeps): Routes {
  return {
    '/predict': { POST: makePredict({ loadModel }) },
    '/drift': { POST: makeDrift(drift), GET: makeLatestDrift(drift) },
    '/monitor': { POST: makeMonitor(monitor) },
    '/health': { GET: makeHealth({ check: loadModel }) },
  }
}

/** A function answers at `/`, at its own path and at /health. */
export function functionRoutes(routes: Routes, path: '/predict' | '/drift' | '/monitor' | '/health'): Routes {
  return { '/': routes[path], [path]: routes[path], '/health': routes['/health'] }
}
