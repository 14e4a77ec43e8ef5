import { expect, test } from 'vitest'
import { functionRoutes, makeRoutes } from './routes.ts'

const routes = makeRoutes({ loadModel: () => Promise.reject(new Error('not called')) })

test('the table is the whole surface', () => {
  const surface = Object.entries(routes).map(([path, methods]) => [path, Object.keys(methods)])
  expect(surface).toEqual([
    ['/predict', ['POST']],
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
