/** `npm run train`: trains, evaluates, exports and registers a model version; `--outdir` gets a copy of its files. */
import { availableParallelism } from 'node:os'
import { modelUriOf, parseConfig } from '../functions/config.ts'
import { resolveRun } from '../shared/adapters/files/resolve-run.ts'
import type { Decision } from '../shared/adapters/registry/decision.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { MANIFEST_FILE } from '../shared/core/model/manifest.ts'
import { idNotes } from '../shared/core/train/id-notes.ts'
import { checkFolder } from './check-folder.ts'
import { defineCommand, gitRevision, runCommand } from './cli.ts'
import { withProgress } from './progress.ts'
import { type TrainedVersion, trainVersion } from './train-version.ts'
import { userName } from './user-name.ts'

export const trainCommand = defineCommand({
  name: 'train',
  summary:
    'Trains every family of the run, keeps the best, judges it on held-out rows and registers it as a new version.',
  example: 'npm run train -- --data data/customer_churn_synth.csv --outdir artifacts/ --cv 5',
  options: {
    data: {
      type: 'string',
      placeholder: 'FILE',
      description: "the training table (default: the run's, else the contract's)",
    },
    contract: {
      type: 'string',
      placeholder: 'NAME|FILE',
      description: 'what the table means (default: CONTRACT)',
    },
    run: {
      type: 'string',
      placeholder: 'NAME|FILE',
      description: "settings, or a finished run.yaml to replay (default: the contract's)",
    },
    outdir: { type: 'string', placeholder: 'DIR', description: "also write the run's files here" },
    family: {
      type: 'string',
      placeholder: 'all|gbt|logistic|mlp',
      description: "the only family to try, or all there are (default: the run's)",
    },
    tune: {
      type: 'integer',
      description:
        'search through N settings by cross-validation inside the training rows; --cv then scores the search too',
      minimum: 2,
      maximum: 10_000,
    },
    cv: {
      type: 'integer',
      description: 'cross-validate the whole procedure on N folds as well',
      minimum: 2,
      maximum: 100,
    },
    reweigh: {
      type: 'string',
      placeholder: 'COLUMN',
      description: 'weight training rows so that the groups of this sensitive column and the label are independent',
    },
    threads: {
      type: 'integer',
      description: 'fits at the same time; the result does not depend on it',
      minimum: 1,
      maximum: 256,
    },
    by: {
      type: 'string',
      placeholder: 'NAME',
      description: 'who trains, for the log of decisions (default: the user)',
    },
    promote: {
      type: 'boolean',
      description:
        'make this version champion whatever the gate says (the first one always is; later ones pass the gate)',
    },
  },
  async run(args, terminal) {
    const config = parseConfig()
    if (args.outdir !== undefined) await checkFolder(args.outdir, '--outdir')
    const resolved = await resolveRun({ ...args, root: '', defaultContract: config.contract })
    const uri = modelUriOf(resolved.contract.name)
    const store = openModelStore(openStorage(uri, { gcsApiEndpoint: config.gcsApiEndpoint }))
    const version = await withProgress({ enabled: terminal.interactive }, progress =>
      trainVersion(resolved, store, {
        root: '',
        folds: args.cv ?? 0,
        threads: args.threads ?? availableParallelism(),
        promote: args.promote,
        gitSha: gitRevision(),
        now: new Date(),
        by: args.by ?? userName(),
        progress,
      }),
    )
    if (args.outdir !== undefined) await copyFiles(version, args.outdir)
    terminal.result(
      {
        ...version.metrics,
        version: version.manifest.version,
        champion: version.decision.verdict !== 'refused',
        decision: version.decision,
      },
      [describeVersion(version, uri), ...resolved.remarks.map(remark => `  remark      ${remark}`)].join('\n'),
    )
  },
})

async function copyFiles({ files, manifest }: TrainedVersion, outdir: string): Promise<void> {
  const folder = openLocal({ root: outdir })
  for (const [name, bytes] of files) await folder.write(name, bytes)
  await folder.write(MANIFEST_FILE, new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`))
}

/** The lines a person reads at the end of a training. */
export function describeVersion({ manifest, metrics, trained, decision }: TrainedVersion, uri: string): string {
  const size = Object.entries(trained.size)
    .map(([name, value]) => `${value} ${name}`)
    .join(', ')
  const tried = trained.candidates
    .map(({ family, validationRocAuc }) => `${family} ${validationRocAuc.toFixed(4)}`)
    .join(', ')
  const next = trained.runnerUp
  const cv = trained.crossValidation
  return [
    `${manifest.name} ${manifest.version}: ${trained.family} (${size})`,
    `  held out    ROC-AUC ${metrics.roc_auc.toFixed(4)}, PR-AUC ${metrics.pr_auc.toFixed(4)}, accuracy ${metrics.accuracy.toFixed(4)} on ${metrics.rows} rows`,
    `  threshold   ${trained.threshold} (${trained.thresholdChoice.rule}); calibration ${trained.calibration.calibrator.method}: ${trained.calibration.reason}`,
    `  ${trained.trials ? `search      ${trained.trials.length} settings; mean ROC-AUC of the best` : 'validation  ROC-AUC'} ${tried}`,
    ...(next
      ? [
          `  runner-up   ${next.family}, behind by ${next.difference.toFixed(4)}; DeLong p = ${next.p.toPrecision(2)} on the rows that chose`,
        ]
      : []),
    ...(cv
      ? [
          `  ${cv.folds} folds     ROC-AUC ${cv.roc_auc_mean.toFixed(4)} ± ${cv.roc_auc_std.toFixed(4)} (${cv.families.join(', ')})`,
        ]
      : []),
    ...(trained.importances.values.every(value => value === 0)
      ? ['  WARNING     no feature helps: the model gives every row the same answer']
      : []),
    ...idNotes(trained.features, trained.profile.rows).map(note => `  WARNING     ${note}`),
    `  registered  ${uri}/${manifest.version}${decision.verdict === 'refused' ? '' : ', champion since now'}`,
    `  decision    ${decisionText(manifest.name, decision)}`,
  ].join('\n')
}

/** Who or what decided, and why; a promotion past the gate says what the gate would have said. */
function decisionText(contract: string, { verdict, version, by, reason, gate }: Decision): string {
  const note = gate?.compared && gate.note ? ` (${gate.note})` : ''
  if (verdict === 'refused')
    return `not champion: ${reason}${note}; to overrule: npm run registry -- promote ${version} --contract ${contract} --force`
  const overruled = verdict === 'forced' && gate?.passed === false ? `; the gate says no: ${gate.reason}` : ''
  return `${verdict} by ${by}: ${reason}${overruled}${note}`
}

if (import.meta.main) await runCommand(trainCommand)
