/** What `npm run monitor -- --act` does: each action of a plan bound to this machine's registry, webhook and train command. */
import { fileURLToPath } from 'node:url'
import { type Config, modelUriOf } from '../functions/config.ts'
import { actOnPlan, type Deeds, planKey } from '../shared/adapters/actions/act-on-plan.ts'
import { openIncident } from '../shared/adapters/actions/open-incident.ts'
import { rollBackModel } from '../shared/adapters/actions/roll-back-model.ts'
import { triggerRetraining } from '../shared/adapters/actions/trigger-retraining.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import type { Plan } from '../shared/core/monitor/plan.ts'

const TRAIN_SCRIPT = fileURLToPath(new URL('train.ts', import.meta.url))

export interface CarryOutOptions {
  readonly config: Config
  /** The contract's name. */
  readonly contract: string
  /** The contract as it was asked for: a name or a file. */
  readonly trainOn: string
  readonly webhook: string | undefined
  /** Time of the latest point. */
  readonly latest: string | undefined
  readonly auditLog: string
  /** Gets what a training prints. */
  readonly onOutput: (text: string) => void
}

export function carryOut(plan: Plan, options: CarryOutOptions): Promise<Deeds> {
  const { config, contract, trainOn, webhook, latest, auditLog, onOutput } = options
  const storage = openStorage(modelUriOf(contract), { gcsApiEndpoint: config.gcsApiEndpoint })
  const now = () => new Date()
  const subject = contract
  return actOnPlan({
    plan,
    key: planKey(plan, { subject, latest }),
    auditLog,
    now,
    performers: {
      open_incident: key => openIncident({ webhook, plan, subject, key, latest }),
      roll_back_model: key =>
        rollBackModel({
          store: openModelStore(storage),
          at: now().toISOString(),
          reason: `plan ${key}: ${plan.status} at ${latest ?? 'no point'}`,
        }),
      trigger_retraining: () =>
        triggerRetraining({
          command: process.execPath,
          args: [TRAIN_SCRIPT, '--contract', trainOn, '--by', 'monitor'],
          onOutput,
        }),
    },
  })
}
