import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { argumentOf, blocksOf, readBlocks } from './terraform-blocks.ts'

const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/)

test('whatever blocks a file is made of are read back, in order, with their arguments', () => {
  const block = fc.record({
    kind: name,
    labels: fc.array(name, { maxLength: 2 }),
    key: name,
    value: fc.stringMatching(/^"[a-z ${}.]{0,12}"$/),
    nested: fc.boolean(),
    before: fc.constantFrom('', '\n', '# a comment { with } braces\n'),
  })
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), blocks => {
      const text = blocks
        .map(
          ({ kind, labels, key, value, nested, before }) =>
            `${before}${[kind, ...labels.map(label => `"${label}"`)].join(' ')} {\n${nested ? '  inner {\n    deep = 1\n  }\n' : ''}  ${key} = ${value}\n}\n`,
        )
        .join('')
      const read = blocksOf('x.tf', text)
      expect(read.map(({ kind, labels }) => ({ kind, labels }))).toEqual(
        blocks.map(({ kind, labels }) => ({ kind, labels })),
      )
      blocks.forEach(({ key, value }, i) => {
        expect(argumentOf(read[i], key)).toBe(value)
      })
    }),
  )
})

test.each([
  ['a block on one line', 'resource "a" "b" {}\n'],
  ['a block that begins further in', '  resource "a" "b" {\n  }\n'],
  ['an argument at the margin', 'x = 1\n'],
  ['an argument of a block at the margin', 'resource "a" "b" {\nx = 1\n}\n'],
  ['a heredoc, which could hold anything', 'resource "a" "b" {\n  x = <<EOT\n  EOT\n}\n'],
  ['a block that does not end', 'resource "a" "b" {\n  x = 1\n'],
])('%s is refused, not passed over', (_, text) => {
  expect(() => blocksOf('x.tf', text)).toThrow(/x\.tf/)
})

test('an argument that goes on over lines is refused, and one of a nested block is not taken for the outer one', () => {
  const [block] = blocksOf('x.tf', 'resource "a" "b" {\n  tags = [\n  ]\n  inner {\n    role = 1\n  }\n}\n')
  expect(() => argumentOf(block, 'tags')).toThrow('tags of a.b goes on over lines')
  expect(argumentOf(block, 'role')).toBeUndefined()
})

test('every resource that the files mention by that word has been read, each name once', () => {
  const read = readBlocks(import.meta.dirname).filter(({ kind }) => kind === 'resource')
  const files = readdirSync(import.meta.dirname).filter(file => file.endsWith('.tf'))
  const mentioned = files.flatMap(file =>
    [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/\bresource\s+"(\w+)"\s+"(\w+)"/g)].map(
      ([, type, name]) => `${type}.${name}`,
    ),
  )
  expect(mentioned.length).toBeGreaterThan(40)
  expect(read.map(({ labels }) => labels.join('.')).sort()).toEqual(mentioned.sort())
  expect(new Set(mentioned).size).toBe(mentioned.length)
})
