/** What a contract may not say though every key is well formed: rules that look at two places of the document at once. */
import { quoteValue } from '../errors.ts'
import type { ColumnDocument, ContractDocument } from './contract-document.ts'
import { toMonitorRules } from './monitoring-rules.ts'
import { keyPath } from './schema-problems.ts'

export interface Contradiction {
  /** Key path, for example features.age.minimum. */
  readonly field: string
  /** Follows the key path in a sentence. */
  readonly message: string
}

export function contradictions(document: ContractDocument): Contradiction[] {
  const rules = [columnRoles, columnRules, targetRules, headerRules, monitorRules]
  return rules.flatMap(rule => rule(document))
}

/** Where each column is declared, in the order target, features, sensitive, weight, ignore. */
function declaredColumns(document: ContractDocument): { column: string; field: string }[] {
  return [
    { column: document.target.column, field: 'target.column' },
    ...Object.keys(document.features).map(column => ({ column, field: keyPath(['features', column]) })),
    ...Object.keys(document.sensitive ?? {}).map(column => ({ column, field: keyPath(['sensitive', column]) })),
    ...(document.weight === undefined ? [] : [{ column: document.weight, field: 'weight' }]),
    ...(document.ignore ?? []).map((column, i) => ({ column, field: keyPath(['ignore', i]) })),
  ]
}

function columnRoles(document: ContractDocument): Contradiction[] {
  const found: Contradiction[] = []
  const first = new Map<string, string>()
  for (const { column, field } of declaredColumns(document)) {
    const earlier = first.get(column)
    if (earlier === undefined) first.set(column, field)
    else {
      const message = `is the column ${quoteValue(column)}, which is ${earlier} too; allowed: one role for each column`
      found.push({ field, message })
    }
  }
  return found
}

function columnRules(document: ContractDocument): Contradiction[] {
  const found: Contradiction[] = []
  const missing = document.csv?.missing ?? ['']
  const check = (group: string, column: string, written: ColumnDocument): void => {
    const { minimum, maximum, values, reference } = written
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
      found.push({
        field: keyPath([group, column, 'minimum']),
        message: `is ${minimum}; allowed: at most maximum, ${maximum}`,
      })
    }
    if (reference !== undefined && values !== undefined && !values.includes(reference)) {
      const message = `is ${quoteValue(reference)}; allowed: ${values.join(', ')}`
      found.push({ field: keyPath([group, column, 'reference']), message })
    }
    for (const [i, value] of (values ?? []).entries()) {
      if (!missing.includes(value)) continue
      const message = `is ${quoteValue(value)}, which csv.missing reads as missing; allowed: one of the two`
      found.push({ field: keyPath([group, column, 'values', i]), message })
    }
  }
  for (const [column, written] of Object.entries(document.features)) check('features', column, written)
  for (const [column, written] of Object.entries(document.sensitive ?? {})) check('sensitive', column, written)
  return found
}

/** A positive that labels rename away could never be seen. */
function targetRules({ target }: ContractDocument): Contradiction[] {
  const positive = String(target.positive)
  const renamed = new Map(Object.entries(target.labels ?? {})).get(positive)
  if (renamed === undefined || renamed === positive) return []
  const message = `is ${quoteValue(target.positive)}, which target.labels turns into ${quoteValue(renamed)}; allowed: a value after target.labels`
  return [{ field: 'target.positive', message }]
}

/** A header with names must have every column that is read, and nothing that is not declared. */
function headerRules(document: ContractDocument): Contradiction[] {
  const header = document.csv?.header
  if (header === undefined) return []
  const declared = declaredColumns(document)
  const ignored = new Set(document.ignore)
  const found: Contradiction[] = []
  for (const { column, field } of declared) {
    if (header.includes(column) || ignored.has(column)) continue
    found.push({ field, message: `is the column ${quoteValue(column)}; allowed: the columns of csv.header` })
  }
  const names = new Set(declared.map(({ column }) => column))
  for (const [i, column] of header.entries()) {
    if (names.has(column)) continue
    const message = `is ${quoteValue(column)}; allowed: the target, features and sensitive columns; add it to ignore`
    found.push({ field: keyPath(['csv', 'header', i]), message })
  }
  return found
}

/** A warning bound above the critical one would never be seen; either of the two may be a default. */
function monitorRules({ monitor }: ContractDocument): Contradiction[] {
  const { aucDropWarnPct: warn, aucDropCriticalPct: critical } = toMonitorRules(monitor)
  if (warn <= critical) return []
  if (monitor?.auc_drop_warn_pct === undefined) {
    const message = `is ${critical}; allowed: at least auc_drop_warn_pct, ${warn}`
    return [{ field: 'monitor.auc_drop_critical_pct', message }]
  }
  return [
    { field: 'monitor.auc_drop_warn_pct', message: `is ${warn}; allowed: at most auc_drop_critical_pct, ${critical}` },
  ]
}
