/**
 * A run: how one model is trained. `parseRun` checks a parsed YAML document and fills every default, so that the resolved
 * run, written beside the model, says everything and trains to the same bytes again.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { ContractDocument } from '../contract/contract.ts'
import { schemaProblems } from '../contract/schema-problems.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { ProblemList } from '../problem-list.ts'
import schema from './run.schema.json' with { type: 'json' }

/** A run as it is written; parseRun has filled every key that has a default. */
export interface RunDocument {
  readonly contract?: string | ContractDocument
  readonly description?: string
  readonly author?: string
  readonly data?: string
  readonly data_sha256?: string
  readonly seed: number
  /** Share of all rows that is held out. */
  readonly test_size: number
  /** Share of the other rows. */
  readonly validation_size: number
  readonly threshold: number
  /** A sensitive column whose groups are made independent of the label by weights. */
  readonly reweigh?: string
  /** Settings by family, in the file's spelling (snake_case). */
  readonly families: Readonly<Partial<Record<FamilyName, Readonly<Record<string, number>>>>>
}

let validate: ValidateFunction<RunDocument> | undefined

function schemaValidator(): ValidateFunction<RunDocument> {
  const options = {
    allErrors: true,
    verbose: true,
    strictTypes: true,
    allowUnionTypes: true,
    useDefaults: true,
  } as const
  validate ??= new Ajv2020(options).compile<RunDocument>(schema)
  return validate
}

/** The run that a parsed YAML document declares. `source` names it in messages. Throws INVALID_RUN with every mistake. */
export function parseRun(document: unknown, source: string): RunDocument {
  const isRun = schemaValidator()
  const filled = structuredClone(document)
  if (isRun(filled)) return filled
  const problems = new ProblemList()
  for (const problem of schemaProblems(isRun.errors ?? [], document, source)) problems.add(() => problem)
  problems.throwIfAny('INVALID_RUN', source)
  throw new Error(`${source}: refused by the schema without a problem`)
}

/** The families of a run with their options, in the order in which equals win. */
export function familyOptions(run: RunDocument): { family: FamilyName; options: unknown }[] {
  return (Object.keys(FAMILIES) as FamilyName[]).flatMap(family => {
    const written = run.families[family]
    return written ? [{ family, options: toOptions(written) }] : []
  })
}

/** min_leaf_rows → minLeafRows: the file's spelling is snake_case, the code's is not. */
function toOptions(written: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  )
}
