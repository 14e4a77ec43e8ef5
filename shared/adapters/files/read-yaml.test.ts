import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readYaml, resolveNamed } from './read-yaml.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-yaml-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'a.yaml')
  await writeFile(path, text)
  return path
}

test('Yes, No and dates are strings, as YAML 1.2 has it; numbers and truth values are not', async () => {
  const path = await fileOf('a: [Yes, No, on, 2024-01-01, 1, 1.5, true, null]')
  expect(await readYaml(path)).toEqual({ a: ['Yes', 'No', 'on', '2024-01-01', 1, 1.5, true, null] })
})

test.each([
  ['a key twice', 'a: 1\nb: 2\na: 3\n', ':3:1: no YAML: duplicated mapping key'],
  ['a bad indentation', 'a: b\n  c: d: e\n', ':2:4: no YAML: bad indentation of a mapping entry'],
  ['a tag of a programming language', 'a: !!js/function x', ':1:4: no YAML: unknown scalar tag'],
  ['an empty file', '', ': no YAML: expected a document, but the input is empty'],
  ['two documents', 'a: 1\n---\nb: 2\n', ': no YAML: expected a single document in the stream, but found more'],
])('%s is refused by file, line and column', async (_, text, message) => {
  const path = await fileOf(text)
  await expect(readYaml(path, { code: 'INVALID_RUN' })).rejects.toMatchObject({
    code: 'INVALID_RUN',
    message: expect.stringContaining(`${path}${message}`),
  })
})

test('a file that is not there, or a folder, is named', async () => {
  const path = join(folder, 'absent.yaml')
  await expect(readYaml(path)).rejects.toMatchObject({ code: 'NOT_FOUND', message: `${path}: no such file` })
  await expect(readYaml(folder)).rejects.toMatchObject({ message: `${folder}: a folder; allowed: a file` })
})

test('a bare name is a file of the folder, anything else a path from the root', async () => {
  await fileOf('a: 1')
  expect(await resolveNamed('a', '.', folder)).toBe(join(folder, 'a.yaml'))
  expect(await resolveNamed('x/b.yaml', '.', folder)).toBe(join(folder, 'x/b.yaml'))
  expect(await resolveNamed('b.yaml', '.', folder)).toBe(join(folder, 'b.yaml'))
  expect(await resolveNamed('/x/b.yaml', '.', folder)).toBe('/x/b.yaml')
})

test('an unknown name lists the names there are', async () => {
  await writeFile(join(folder, 'churn.yaml'), '')
  await fileOf('a: 1')
  await expect(resolveNamed('chrun', '.', folder)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: '"chrun" is no file of .; did you mean churn? allowed: a, churn, or the path of a .yaml file',
  })
  await expect(resolveNamed('a', 'none', folder)).rejects.toMatchObject({
    message: '"a" is no file of none; allowed: no name there, or the path of a .yaml file',
  })
})
