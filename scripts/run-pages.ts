/** The pages of a trained version: report.html to look at and model_card.md to read. */
import type { ResolvedRun } from '../shared/adapters/files/resolve-run.ts'
import { modelCard } from '../shared/core/report/model-card.ts'
import { idNotes } from '../shared/core/train/id-notes.ts'
import type { TrainedModel } from '../shared/core/train/train-model.ts'

export interface PageFacts {
  readonly version: string
  /** ISO 8601, UTC. */
  readonly timestamp: string
  readonly gitSha: string
  /** Rows of the training table, the held-out ones included. */
  readonly rows: number
}

/** File name → content. */
export async function pagesOf(
  { contract, run, data }: ResolvedRun,
  trained: TrainedModel,
  { rows, ...facts }: PageFacts,
): Promise<Map<string, Uint8Array>> {
  const { importances, features } = trained
  const input = {
    ...facts,
    ...trained,
    name: contract.name,
    title: contract.title,
    target: { column: contract.target.column, classes: trained.classes },
    notes: idNotes(features, rows),
    importances: {
      kind: importances.kind,
      features: features.map(({ name }, i) => ({ name, value: importances.values[i] })),
    },
  }
  const text = (content: string) => new TextEncoder().encode(content)
  const card = modelCard({
    ...input,
    contract,
    classWeight: run.class_weight,
    data: { source: data, rows, ...(run.data_sha256 === undefined ? {} : { sha256: run.data_sha256 }) },
    ...(run.description === undefined ? {} : { description: run.description }),
    ...(run.author === undefined ? {} : { author: run.author }),
  })
  const pages = new Map([['model_card.md', text(card)]])
  if (run.report) {
    // Charts and all that draws them load only where they are drawn.
    const { runReport } = await import('../shared/core/report/run-report.ts')
    pages.set('report.html', text(await runReport(input)))
  }
  return pages
}
