/**
 * Finds and reads YAML 1.2 files (core schema: Yes and No are strings, dates too). What a document means is checked by
 * whoever asked for it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import type { YAMLException } from 'js-yaml'
import { nearestName } from '../../core/contract/nearest-name.ts'
import { AppError, type ErrorCode, quoteValue } from '../../core/errors.ts'
import { whyUnreadable } from './why-unreadable.ts'

export interface ReadYamlOptions {
  /** Code of the error for a text that is no YAML. Default: USAGE. */
  readonly code?: ErrorCode
}

/** Throws NOT_FOUND without a file, and `options.code` with line and column (both from 1) for a malformed text. */
export async function readYaml(path: string, options: ReadYamlOptions = {}): Promise<unknown> {
  const text = await readText(path)
  const { load, YAMLException } = await import('js-yaml')
  try {
    return load(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw new AppError(options.code ?? 'USAGE', `${path}${place(error)}: no YAML: ${error.reason}`, { cause: error })
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new AppError('NOT_FOUND', `${path}: ${whyUnreadable(error)}`, { cause: error })
  }
}

function place({ mark }: YAMLException): string {
  return mark === undefined ? '' : `:${mark.line + 1}:${mark.column + 1}`
}

/**
 * Where a name or a file given by a person leads: `churn` is `<folder>/churn.yaml` under `root`; anything with a slash, a
 * backslash or a dot is a path, and starts at `root` unless it is absolute. Throws NOT_FOUND for a name without a file.
 */
export async function resolveNamed(nameOrFile: string, folder: string, root: string): Promise<string> {
  if (/[/\\.]/.test(nameOrFile)) return isAbsolute(nameOrFile) ? nameOrFile : join(root, nameOrFile)
  const names = await availableNames(join(root, folder))
  if (names.includes(nameOrFile)) return join(root, folder, `${nameOrFile}.yaml`)
  const nearest = nearestName(nameOrFile, names)
  const hint = nearest === undefined ? '' : `did you mean ${nearest}? `
  const available = names.length === 0 ? 'no name there' : names.join(', ')
  throw new AppError(
    'NOT_FOUND',
    `${quoteValue(nameOrFile)} is no file of ${folder}; ${hint}allowed: ${available}, or the path of a .yaml file`,
  )
}

/** Names of the .yaml files in a folder, sorted; none when there is no such folder. */
async function availableNames(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder)
    return files
      .filter(file => file.endsWith('.yaml'))
      .map(file => basename(file, '.yaml'))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
