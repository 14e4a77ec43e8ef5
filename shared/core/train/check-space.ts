/** What is wrong with the ranges of a search: every end and value of a range must be one that its option may have. */
import { keyPath } from '../contract/schema-problems.ts'
import type { Problem } from '../errors.ts'
import type { FamilyName } from '../model/manifest.ts'
import type { OptionRange, SearchSpace } from './search-space.ts'

/** The problems of one setting of a family, each with the field `families.<family>.<option>`. */
export type CheckOption = (family: FamilyName, key: string, value: unknown) => readonly Problem[]

export function spaceProblems(
  space: SearchSpace,
  families: readonly string[],
  { source, checkOption }: { readonly source: string; readonly checkOption: CheckOption },
): Problem[] {
  const problem = (place: Place, text: string): Problem => {
    const field = keyPath(['search', 'space', ...place])
    return { field, code: 'search_space', message: `${source}: ${field} ${text}` }
  }
  const named = Object.entries(space) as [FamilyName, Readonly<Record<string, OptionRange>>][]
  const found = named.flatMap(([family, ranges]) => [
    ...(families.includes(family) ? [] : [problem([family], `is not tried; allowed: ${families.join(', ')}`)]),
    ...Object.entries(ranges).flatMap(([key, range]) => [
      ...valueProblems([family, key], range, checkOption),
      ...orderProblems(range).map(text => problem([family, key], text)),
    ]),
  ])
  const isEmpty = named.every(([, ranges]) => Object.keys(ranges).length === 0)
  return isEmpty ? [...found, problem([], 'has no range; allowed: a range of at least one option')] : found
}

type Place = readonly (string | number)[]

function valueProblems([family, key]: [FamilyName, string], range: OptionRange, checkOption: CheckOption): Problem[] {
  const move = (problem: Problem, end: Place): Problem => {
    const field = keyPath(['search', 'space', family, key, ...end])
    return { ...problem, field, message: problem.message.replace(problem.field ?? '', () => field) }
  }
  const all = valuesOf(range).map(([end, value]) => ({ end, problems: checkOption(family, key, value) }))
  const unknown = all[0].problems.find(({ code }) => code === 'additionalProperties')
  // A key that is none is told once, whatever its values.
  return unknown ? [move(unknown, [])] : all.flatMap(({ end, problems }) => problems.map(one => move(one, [end])))
}

/** Every value that the option itself must allow, with its place in the range. */
function valuesOf(range: OptionRange): [end: string | number, value: unknown][] {
  if (!('from' in range)) return range.map((value, i) => [i, value])
  const ends: [string, unknown][] = [
    ['from', range.from],
    ['to', range.to],
  ]
  return range.or_zero === true ? [...ends, ['or_zero', 0]] : ends
}

function orderProblems(range: OptionRange): string[] {
  if (!('from' in range)) return []
  const { from, to, log } = range
  return [
    ...(from < to ? [] : [`goes from ${from} to ${to}; allowed: from below to`]),
    ...(log === true && from <= 0 ? [`is logarithmic from ${from}; allowed: from above 0`] : []),
  ]
}
