/** The committed validators against ajv itself, compiling the same schemas while the test runs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { ajvOf, buildValidator, pathOf, readSchema, VALIDATORS } from './build-validators.ts'

/** Documents to start from, which between them use every part of their schema. */
const DOCUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  isContractDocument: await Promise.all(['churn', 'adult'].map(name => readYaml(`data/contracts/${name}.yaml`))),
  isRunDocument: [
    {},
    await readYaml('data/runs/churn.yaml'),
    {
      threshold: 'cost',
      costs: { false_positive: 1, false_negative: 5 },
      class_weight: { positive: 2 },
      families: { gbt: { leaves: 3 }, logistic: {}, mlp: {} },
      search: { trials: 3, space: { gbt: { leaves: { from: 2, to: 9, log: true }, l2: [0, 1] } } },
    },
  ],
}

async function readYaml(path: string): Promise<unknown> {
  return load(await readFile(join(import.meta.dirname, '..', path), 'utf8'))
}

/** Every place of a document, as the keys that lead there. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))]
}

/** A copy in which the place holds `value`, or is gone; `key` then says under which new key of the place it goes. */
function changed(document: unknown, path: readonly string[], value: unknown, key: string | undefined): unknown {
  const way = key === undefined ? path : [...path, key]
  if (way.length === 0) return value
  const copy = structuredClone(document)
  let parent: unknown = copy
  for (const step of way.slice(0, -1)) parent = Reflect.get(Object(parent), step)
  if (typeof parent !== 'object' || parent === null) return copy
  if (value === undefined) Reflect.deleteProperty(parent, way.at(-1)!)
  else Object.defineProperty(parent, way.at(-1)!, { value, writable: true, enumerable: true, configurable: true })
  return copy
}

describe.each(VALIDATORS)('$name', validator => {
  test('the committed file is what the schema compiles to', async () => {
    expect(await readFile(pathOf(validator), 'utf8')).toBe(await buildValidator(validator))
  })

  test('it says the same errors and fills the same defaults as ajv, for documents with anything anywhere', async () => {
    const committed = (await import(pathOf(validator)))[validator.name]
    const compiled = ajvOf(validator).compile(await readSchema(validator))
    const documents = DOCUMENTS[validator.name]
    const anything = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom<unknown>('', 'x', 'category', 'number', 0, -1, 0.5, 1e9, true, null, [], {}, ['a', 'a'], {
        a: 1,
      }),
      fc.jsonValue({ maxDepth: 2 }),
    )
    let refused = 0
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        anything,
        fc.option(fc.string(), { nil: undefined }),
        (which, where, value, key) => {
          const document = documents[which % documents.length]
          const places = placesOf(document)
          const mine = changed(document, places[where % places.length], value, key)
          const theirs = structuredClone(mine)
          expect(committed(mine)).toBe(compiled(theirs))
          expect(committed.errors).toEqual(compiled.errors)
          expect(mine).toEqual(theirs)
          if (compiled.errors) refused++
        },
      ),
      {
        numRuns: 400,
        examples: documents.map(
          (_, which) => [which, 0, undefined, 'no such key'] as [number, number, unknown, string],
        ),
      },
    )
    expect(refused).toBeGreaterThan(50)
  })
})
