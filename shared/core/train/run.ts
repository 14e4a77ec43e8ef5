/**
 * A run: how one model is trained. `parseRun` checks a parsed YAML document and fills every default, so that the resolved
 * run, written beside the model, says everything and trains to the same bytes again.
 */
import type { CalibrationMethod } from '../calibration/calibrator.ts'
import type { ContractDocument } from '../contract/contract-document.ts'
import { schemaProblems } from '../contract/schema-problems.ts'
import { AppError, quoteValue } from '../errors.ts'
import type { MistakeCosts, ThresholdRule } from '../metrics/choose-threshold.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { ProblemList } from '../problem-list.ts'
import { type CheckOption, spaceProblems } from './check-space.ts'
import type { GateRules } from './gate-request.ts'
import { isRunDocument } from './run.validator.js'
import { DEFAULT_SPACE, type SearchSpace } from './search-space.ts'
import { toOptions, type WrittenOptions } from './written-options.ts'

export interface RunSearch {
  readonly trials: number
  readonly folds: number
  /** Of every family of the run. */
  readonly space: SearchSpace
}

/** How much rows of each class count in training; `positive`: a positive row counts as so many negative ones. */
export type ClassWeight = 'none' | 'balanced' | { readonly positive: number }

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
  /** Whether report.html is drawn. */
  readonly report: boolean
  /** A sensitive column whose groups are made independent of the label by weights. */
  readonly reweigh?: string
  readonly class_weight: ClassWeight
  /** What a later version must show to become champion by itself. */
  readonly gate: GateRules
  /** Settings by family, in the file's spelling (snake_case). */
  readonly families: Readonly<Partial<Record<FamilyName, WrittenOptions>>>
  /** Settings are searched for; absent: the families' settings are used as they are. */
  readonly search?: RunSearch
}

/** The run that a parsed YAML document declares. `source` names it in messages. Throws INVALID_RUN with every mistake. */
export function parseRun(document: unknown, source: string): RunDocument {
  const filled = structuredClone(document)
  const problems = new ProblemList()
  if (!isRunDocument(filled)) {
    for (const problem of schemaProblems(isRunDocument.errors ?? [], document, source)) problems.add(() => problem)
    problems.throwIfAny('INVALID_RUN', source)
    throw new Error(`${source}: refused by the schema without a problem`)
  }
  if (filled.search === undefined) return filled
  const families = Object.keys(filled.families) as FamilyName[]
  const space = { ...spaceOf(families, DEFAULT_SPACE), ...filled.search.space }
  const checkOption: CheckOption = (family, key, value) => {
    const alone = { families: { [family]: { [key]: value } } }
    return isRunDocument(structuredClone(alone)) ? [] : schemaProblems(isRunDocument.errors ?? [], alone, source)
  }
  for (const problem of spaceProblems(space, families, { source, checkOption })) problems.add(() => problem)
  problems.throwIfAny('INVALID_RUN', source)
  return { ...filled, search: { ...filled.search, space } }
}

function spaceOf(families: readonly string[], space: SearchSpace): SearchSpace {
  return Object.fromEntries(Object.entries(space).filter(([family]) => families.includes(family)))
}

/** The families of a run with their options, in the order in which equals win. */
export function familyOptions(run: RunDocument): { family: FamilyName; options: unknown }[] {
  return (Object.keys(FAMILIES) as FamilyName[]).flatMap(family => {
    const written = run.families[family]
    return written ? [{ family, options: toOptions(written) }] : []
  })
}

/**
 * The run with what a command line says about it: which families to try (one, or `all` there are but those `leftOut`; those
 * the run does not name get their defaults), and how many settings to search through.
 */
export function overrideRun(
  run: RunDocument,
  {
    family,
    trials,
    leftOut = [],
  }: { readonly family?: string; readonly trials?: number; readonly leftOut?: readonly FamilyName[] },
): RunDocument {
  if (family !== undefined && family !== 'all' && !Object.hasOwn(FAMILIES, family)) {
    const allowed = ['all', ...Object.keys(FAMILIES)].join(', ')
    throw new AppError('USAGE', `--family is ${quoteValue(family)}; allowed: ${allowed}`)
  }
  const all = (Object.keys(FAMILIES) as FamilyName[]).filter(name => !leftOut.includes(name))
  const names = family === 'all' ? all : [family as FamilyName]
  const families = family && Object.fromEntries(names.map(name => [name, run.families[name] ?? {}]))
  const tried = Object.keys(families || run.families)
  const asked = trials === undefined ? run.search : { ...run.search, trials }
  // Ranges of families that are not tried now would be refused.
  const search = asked && { ...asked, ...(asked.space ? { space: spaceOf(tried, asked.space) } : {}) }
  return parseRun({ ...run, ...(families ? { families } : {}), ...(search ? { search } : {}) }, 'the command line')
}
