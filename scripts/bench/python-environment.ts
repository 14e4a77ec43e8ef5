/** The Python that measurements compare with: a virtual environment in node_modules/.cache, set up when it is missing. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'node_modules/.cache/bench/venv')
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')

/** Its interpreter; undefined where there is no python3. `note` is told what takes long. */
export function pythonEnvironment(note: (text: string) => void): string | undefined {
  const python = join(FOLDER, 'bin/python')
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
  const stamp = join(FOLDER, 'requirements.sha256')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  if (spawnSync('python3', ['--version']).status !== 0) return undefined
  note(`installing ${REQUIREMENTS} into ${FOLDER}`)
  run('python3', ['-m', 'venv', FOLDER])
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS])
  writeFileSync(stamp, wanted)
  return python
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`)
}
