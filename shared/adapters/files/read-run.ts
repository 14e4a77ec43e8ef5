/** Reads run files: data/runs/<name>.yaml, or the run.yaml that a finished run has written. */
import { dump } from 'js-yaml'
import { parseRun, type RunDocument } from '../../core/train/run.ts'
import { readYaml, resolveNamed } from './read-yaml.ts'

/** The run called `nameOrFile`, with every default filled. Its relative paths are as written. */
export async function readRun(nameOrFile: string, { root }: { readonly root: string }): Promise<RunDocument> {
  const path = await resolveNamed(nameOrFile, 'data/runs', root)
  return parseRun(await readYaml(path), path)
}

/** A run as YAML, keys in the document's order. */
export function runToYaml(run: RunDocument): string {
  return dump(run, { lineWidth: 120 })
}
