import { expect, test } from 'vitest'
import { prefers } from './accept.ts'

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['application/*', false],
  ['application/json', false],
  ['application/json, application/yaml', false],
  ['application/yaml;q=0, */*', false],
  ['application/yaml;q=0.5, application/json', false],
  ['application/yamlx', false],
  ['application/yaml', true],
  ['Application/YAML; charset=utf-8', true],
  ['application/yaml, */*;q=0.1', true],
  ['application/json;q=0.5,application/yaml;q=0.9', true],
  ['text/html, application/yaml ; q=0.2', true],
  ['application/yaml;q=x', false],
])('a client that accepts %j prefers YAML to JSON: %s', (accept, expected) => {
  expect(prefers(accept, 'application/yaml', 'application/json')).toBe(expected)
})
