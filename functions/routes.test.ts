import { expect, test } from 'vitest'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import { functionRoutes, makeRoutes } from './routes.ts'

const notCalled = () => Promise.reject(new Error('not called'))
const storage = openMemory()
const store = openModelStore(storage)
const routes = makeRoutes({
  loadModel: notCalled,
  models: { store, champion: { loadModel: notCalled, reload: notCalled }, adminToken: undefined },
  drift: {
    storage,
    store,
    loadContract: notCalled,
    now: () => new Date(0),
    log: { error: () => {} },
  },
  monitor: { storage, loadRules: notCalled },
})

test('the table is the whole surface', () => {
  const surface = Object.entries(routes).map(([path, methods]) => [path, Object.keys(methods)])
  expect(surface).toEqual([
    ['/predict', ['POST']],
    ['/drift', ['POST', 'GET']],
    ['/monitor', ['POST']],
    ['/models', ['GET']],
    ['/model/info', ['GET']],
    ['/model/reload', ['POST']],
    ['/health', ['GET']],
  ])
})

test('a function answers at the root what it answers at its own path, and at /health', () => {
  const predict = functionRoutes(routes, '/predict')
  expect(Object.keys(predict).sort()).toEqual(['/', '/health', '/predict'])
  expect(predict['/']).toBe(routes['/predict'])
  const health = functionRoutes(routes, '/health')
  expect(Object.keys(health).sort()).toEqual(['/', '/health'])
  expect(health['/']).toBe(routes['/health'])
})
