/** An apply in an empty project: nothing may be made before the APIs are on, or which resource fails is a matter of luck. */
import { expect, test } from 'vitest'
import { type Block, readBlocks } from './terraform-blocks.ts'

const APIS = 'google_project_service.api'
const blocks = readBlocks(import.meta.dirname)
const resources = blocks.filter(({ kind }) => kind === 'resource')
const nameOf = ({ labels }: Block) => labels.join('.')

/** Local name → the text of its value: what refers to a local refers to what the local refers to. */
const locals = new Map(
  blocks
    .filter(({ kind }) => kind === 'locals')
    .flatMap(({ body }) => body.split(/^(?= {2}\w+ += )/m))
    .map(text => [text.match(/^ {2}(\w+) +=/)?.[1] ?? '', text]),
)

function referencesOf(text: string, seen: ReadonlySet<string> = new Set()): string[] {
  const code = text.replace(/#.*/g, '')
  const own = [...code.matchAll(/\bgoogle_\w+\.\w+/g)].map(([name]) => name)
  const names = [...code.matchAll(/\blocal\.(\w+)/g)].map(([, name]) => name).filter(name => !seen.has(name))
  return [...own, ...names.flatMap(name => referencesOf(locals.get(name) ?? '', new Set([...seen, name])))]
}

function waits(name: string, seen: ReadonlySet<string> = new Set()): boolean {
  if (name === APIS) return true
  const block = resources.find(candidate => nameOf(candidate) === name)
  if (block === undefined || seen.has(name)) return false
  return referencesOf(block.body).some(reference => waits(reference, new Set([...seen, name])))
}

test('every resource waits for the APIs, by depends_on or through what it refers to', () => {
  const early = resources.map(nameOf).filter(name => !waits(name))
  expect(early).toEqual([])
})

test('the API that every grant on the project goes through is one of those that are turned on', () => {
  expect(resources.some(({ labels }) => labels[0] === 'google_project_iam_member')).toBe(true)
  expect(locals.get('services')).toContain('"cloudresourcemanager.googleapis.com"')
})
