/**
 * Trains and registers one model version: the work behind `npm run train`, and behind `npm start` when there is no
 * champion yet. Nothing is registered before both ONNX files have been proven, and nothing is promoted before the version
 * is complete, so it may be killed at any moment.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { runToYaml } from '../shared/adapters/files/read-run.ts'
import type { ResolvedRun } from '../shared/adapters/files/resolve-run.ts'
import { type ExportCheck, verifyExport } from '../shared/adapters/onnx/verify-export.ts'
import type { Decision } from '../shared/adapters/registry/decision.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { promoteByForce, promoteByGate } from '../shared/adapters/registry/promote-by-gate.ts'
import { heldOutBy } from '../shared/adapters/registry/unseen-rows.ts'
import { readTable } from '../shared/adapters/tables/read-table.ts'
import { fitOnThreads, sharedMemory } from '../shared/adapters/threads/fit-pool.ts'
import { PROFILE_FILE, profileToDocument } from '../shared/core/drift/profile-document.ts'
import { sumOf } from '../shared/core/math/sum.ts'
import { thresholdCurveCsv } from '../shared/core/metrics/choose-threshold.ts'
import { MODEL_FILE, type ModelManifest, PORTABLE_MODEL_FILE } from '../shared/core/model/manifest.ts'
import { importancesCsv, type MetricsFile, metricsFile } from '../shared/core/train/artifacts.ts'
import type { TrainingWatch } from '../shared/core/train/search.ts'
import { type TrainedModel, trainModel } from '../shared/core/train/train-model.ts'
import { TRAINED_ROWS_FILE } from '../shared/core/train/trained-rows.ts'
import { trialsCsv } from '../shared/core/train/trial-table.ts'
import { type Progress, readingBar } from './progress.ts'
import { pagesOf } from './run-pages.ts'

export interface TrainSettings {
  /** Folder that the run's data path starts from. */
  readonly root: string
  /** Folds of a cross-validation; 0 = none. */
  readonly folds: number
  readonly threads: number
  /** true: becomes champion, whatever the gate says; false: when there is none yet, or when it passes the gate. */
  readonly promote: boolean
  readonly gitSha: string
  /** When the training began. */
  readonly now: Date
  /** Who trains, for the log of decisions. */
  readonly by: string
  readonly progress: Progress
}

export interface TrainedVersion {
  readonly manifest: ModelManifest
  readonly metrics: MetricsFile
  readonly trained: TrainedModel
  /** Every file but model.json. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Whether this version became champion, and why. */
  readonly decision: Decision
}

export async function trainVersion(
  resolved: ResolvedRun,
  store: ModelStore,
  settings: TrainSettings,
): Promise<TrainedVersion> {
  const { contract, run } = resolved
  const { progress } = settings
  await store.sweep(settings.now)
  const table = await readTable(join(settings.root, resolved.data), contract, {
    columns: 'all',
    onProgress: readingBar(progress),
  })
  const trained = await trainModel(table, contract, {
    run,
    folds: settings.folds,
    allocate: sharedMemory,
    consume: true,
    execute: fitOnThreads(settings.threads),
    ...showOn(progress),
  })
  progress.start('proving the export', 1)
  const exportCheck = await verifyExport(trained)
  progress.start('writing', 1)
  const timestamp = settings.now.toISOString()
  const metrics = metricsFile(trained, { timestamp, gitSha: settings.gitSha })
  const files = filesOf(resolved, trained, metrics)
  const manifest = await store.publish({
    date: timestamp.slice(0, 10).replaceAll('-', ''),
    gitSha: settings.gitSha,
    files,
    async filesFor(version) {
      const facts = { version, timestamp, gitSha: settings.gitSha, rows: table.rowCount }
      const pages = await pagesOf(resolved, trained, facts)
      for (const [name, bytes] of pages) files.set(name, bytes)
      return pages
    },
    describe: (version, records) => ({
      schema_version: 1,
      id: randomUUID(),
      name: contract.name,
      version,
      created_at: timestamp,
      git_sha: settings.gitSha,
      contract: contract.document,
      family: trained.family,
      features: trained.features,
      classes: trained.classes,
      threshold: trained.threshold,
      calibration: trained.calibration.calibrator,
      metrics: withoutDefinitions(metrics),
      files: records,
      environment: environment(exportCheck),
    }),
  })
  const decision = await decide({ manifest, trained, resolved }, store, settings)
  return { manifest, metrics, trained, files, decision }
}

interface NewVersion {
  readonly manifest: ModelManifest
  readonly trained: TrainedModel
  readonly resolved: ResolvedRun
}

async function decide(
  { manifest, trained, resolved: { contract, run } }: NewVersion,
  store: ModelStore,
  { promote, by }: TrainSettings,
): Promise<Decision> {
  const challenger = {
    manifest,
    rows: trained.heldOut,
    heldOutBy: heldOutBy(run, contract.document),
    rules: run.gate,
    seed: run.seed,
  }
  // A training may take hours: what is decided is decided now.
  const facts = { at: new Date().toISOString(), by }
  return promote
    ? promoteByForce(store, manifest.version, { ...facts, reason: 'asked for with --promote', challenger })
    : promoteByGate(store, challenger, facts)
}

/** A bar for each stage of a training; a search tells its best score so far. */
function showOn(progress: Progress): Required<TrainingWatch> {
  let stage = ''
  let best = ''
  let done = new Float64Array(0)
  return {
    onStage(label, fits) {
      stage = label
      done = new Float64Array(fits)
      progress.start(stage, 100 * fits)
    },
    onBest({ family, rocAuc }) {
      best = `, best so far ${family} ${rocAuc.toFixed(4)}`
    },
    onProgress(task, steps, most) {
      done[task] = (100 * steps) / most
      progress.update(Math.round(sumOf(done)), `${stage}${stage.startsWith('search') ? best : ''}`)
    },
  }
}

function filesOf({ run }: ResolvedRun, trained: TrainedModel, metrics: MetricsFile): Map<string, Uint8Array> {
  const text = (content: string) => new TextEncoder().encode(content)
  return new Map([
    ['run.yaml', text(runToYaml(run))],
    [MODEL_FILE, trained.model],
    [PORTABLE_MODEL_FILE, trained.portableModel],
    ['metrics.json', text(`${JSON.stringify(metrics, null, 2)}\n`)],
    [PROFILE_FILE, text(`${JSON.stringify(profileToDocument(trained.profile))}\n`)],
    ...(trained.fairness ? [['fairness.json', text(`${JSON.stringify(trained.fairness, null, 2)}\n`)] as const] : []),
    ...(trained.thresholdChoice.curve.length > 0
      ? [['threshold_curve.csv', text(thresholdCurveCsv(trained.thresholdChoice.curve))] as const]
      : []),
    ...(trained.trials ? [['trials.csv', text(trialsCsv(trained.trials))] as const] : []),
    ...(trained.explanation ? [['shap_summary.json', text(`${JSON.stringify(trained.explanation)}\n`)] as const] : []),
    ...(trained.trainedRows ? [[TRAINED_ROWS_FILE, trained.trainedRows] as const] : []),
    ['feature_importances.csv', text(importancesCsv(trained.features, trained.importances))],
  ])
}

/** Every function reads model.json when it starts; what the figures mean stands in metrics.json. */
function withoutDefinitions({ definitions: _, ...figures }: MetricsFile): Record<string, unknown> {
  return figures
}

/** What the model was made with, and how far the exported files were from it. */
function environment(check: ExportCheck): Record<string, string> {
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    export_check_rows: String(check.rows),
    export_check_max_abs_difference: String(check.max_abs_difference),
  }
}
