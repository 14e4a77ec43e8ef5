/**
 * model.json: what a model version is. Written last, so a version without it is incomplete and never served.
 * A field added later must be optional with a default here, so that older versions still load.
 */
import type { Calibrator } from '../calibration/calibrator.ts'
import type { ContractDocument } from '../contract/contract-document.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'

export type FamilyName = 'gbt' | 'logistic' | 'mlp'

/** A class as answered: the type the contract's author typed for `positive` (1 or 0; ">50K" or "<=50K"). */
export type ClassValue = string | number

export interface FileRecord {
  /** Lower-case hex. */
  readonly sha256: string
  readonly bytes: number
}

export interface ModelManifest {
  readonly schema_version: 1
  /** UUID of this version. */
  readonly id: string
  /** The contract's name. */
  readonly name: string
  /** UTC `YYYYMMDD.gitsha.N`. */
  readonly version: string
  /** ISO 8601, UTC. */
  readonly created_at: string
  readonly git_sha: string
  readonly contract: ContractDocument
  readonly family: FamilyName
  /** The model's inputs in order: the columns of `features [N,F]` in model.onnx. */
  readonly features: readonly FeatureSpec[]
  readonly classes: readonly [negative: ClassValue, positive: ClassValue]
  /** A row is positive when its probability >= threshold. */
  readonly threshold: number
  /** What the ONNX files do to the margin; absent in older versions: none. */
  readonly calibration?: Calibrator
  readonly metrics: Readonly<Record<string, unknown>>
  /** Every other file of the version, by name. */
  readonly files: Readonly<Record<string, FileRecord>>
  readonly environment: Readonly<Record<string, string>>
}

export const MODEL_FILE = 'model.onnx'
export const PORTABLE_MODEL_FILE = 'model.portable.onnx'
export const MANIFEST_FILE = 'model.json'
