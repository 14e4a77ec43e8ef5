/**
 * A run: how one model is trained. `parseRun` checks a parsed YAML document and fills every default, so that the resolved
 * run, written beside the model, says everything and trains to the same bytes again.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { CalibrationMethod } from '../calibration/calibrator.ts'
import type { ContractDocument } from '../contract/contract.ts'
import { schemaProblems } from '../contract/schema-problems.ts'
import type { MistakeCosts, ThresholdRule } from '../metrics/choose-threshold.ts'
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
  readonly refit: boolean
  /** A rule chooses it on the validation part. */
  readonly threshold: number | ThresholdRule
  /** What the rule `cost` weighs. */
  readonly costs?: MistakeCosts
  readonly calibration: CalibrationMethod | 'auto'
  /** Whether the model is explained: SHAP values, permutation importance, partial dependence. */
  readonly explain: boolean
  /** A sensitive column whose groups are made independent of the label by weights. */
  readonly reweigh?: string
  /** Settings by family, in the file's spelling (snake_case). */
  readonly families: Readonly<Partial<Record<FamilyName, Readonly<Record<string, number | boolean>>>>>
  /** Settings are searched for; absent: the families' settings are used as they are. */
  readonly search?: { readonly trials: number; readonly folds: number }
}

let validate: ValidateFunction<RunDocument> | undefined

function schemaValidator(): ValidateFunction<RunDocument> {
  const options = {
    allErrors: true,
    verbose: true,
    strictTypes: true,
    allowUnionTypes: true,
    useDefaults: true,
    // That the schema is one is tested: to check it here, ajv would first compile the schema of schemas.
    validateSchema: false,
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

/** Options in the file's spelling. */
export function writtenOptions(options: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(options as Record<string, number>).map(([key, value]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
}

/**
 * The run with what a command line says about it: which families to try (one, or `all` there are; those the run does not
 * name get their defaults), and how many settings to search through.
 */
export function overrideRun(
  run: RunDocument,
  { family, trials }: { readonly family?: string; readonly trials?: number },
): RunDocument {
  const names = family === 'all' ? (Object.keys(FAMILIES) as FamilyName[]) : [family as FamilyName]
  const families = family && Object.fromEntries(names.map(name => [name, run.families[name] ?? {}]))
  const search = trials === undefined ? run.search : { ...run.search, trials }
  return parseRun({ ...run, ...(families ? { families } : {}), ...(search ? { search } : {}) }, 'the command line')
}

/** min_leaf_rows → minLeafRows: the file's spelling is snake_case, the code's is not. */
function toOptions(written: Readonly<Record<string, number | boolean>>): Record<string, number | boolean> {
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  )
}
