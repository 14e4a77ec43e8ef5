/** Who carries out the steps on rows: this thread alone, or several (adapters/threads). The trees are the same. */
import type { Kernels } from './kernels/kernels.ts'
import { type ForestRows, runStep, type ShardRows, type Step } from './shard.ts'

export interface Crew {
  /** Has `step` carried out on every shard and returns when all are done. */
  run(step: Step): void
  close(): void
}

export interface CrewPlan {
  /** How many shards the rows should be shared out to. >= 1. */
  shardsFor(rowCount: number): number
  open(kernels: Kernels, forest: ForestRows, shards: readonly ShardRows[]): Crew
}

/** One shard, on this thread. */
export const ALONE: CrewPlan = {
  shardsFor: () => 1,
  open: (kernels, forest, shards) => ({
    run(step) {
      for (const shard of shards) runStep(kernels, forest, shard, step)
    },
    close() {},
  }),
}
