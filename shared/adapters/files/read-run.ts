/** Reads run files: data/runs/<name>.yaml, or the run.yaml that a finished run has written. */
import { dump, load } from 'js-yaml'
import { AppError } from '../../core/errors.ts'
import { parseRun, type RunDocument } from '../../core/train/run.ts'
import { readYaml, resolveNamed } from './read-yaml.ts'

/** The run called `nameOrFile`, with every default filled. Its relative paths are as written. */
export async function readRun(nameOrFile: string, { root }: { readonly root: string }): Promise<RunDocument> {
  const path = await resolveNamed(nameOrFile, 'data/runs', root)
  return parseRun(await readYaml(path), path)
}

/** The run that a finished run has written, from the file's bytes. */
export function parseRunYaml(bytes: Uint8Array, source: string): RunDocument {
  let document: unknown
  try {
    document = load(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new AppError('INVALID_RUN', `${source}: no YAML`, { cause })
  }
  return parseRun(document, source)
}

/** A run as YAML, keys in the document's order. */
export function runToYaml(run: RunDocument): string {
  return dump(run, { lineWidth: 120 })
}
