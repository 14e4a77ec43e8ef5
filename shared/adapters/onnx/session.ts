/**
 * onnxruntime behind two functions. Sessions run on one intra-op thread: results are then equal to our own predictor's bit
 * by bit, and a function instance has one CPU anyway.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'

/** The part of the package that is used: onnxruntime-node, or an older version of it under another name in tests. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  readonly Tensor: {
    new (type: 'float32', data: Float32Array, dims: readonly number[]): Tensor
    new (type: 'string', data: string[], dims: readonly number[]): Tensor
  }
}

/** A raw column of model.portable.onnx: float32 with NaN for missing, or strings with "" for missing. */
export type RawColumn = Float32Array | string[]

export interface ModelSession {
  /** Probabilities of `rowCount` rows of encoded features (row-major [rowCount x F]). */
  run(values: Float32Array, rowCount: number): Promise<Float32Array>
}

export interface PortableSession {
  /** Probabilities from one array per raw column, by name, each of length `rowCount`. */
  run(columns: ReadonlyMap<string, RawColumn>, rowCount: number): Promise<Float32Array>
}

const OPTIONS: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 }

/**
 * Imported on first use, so that code which never runs a model never loads the native library. From 1.30 on that library
 * reports to its maker, names of inputs and categories included, unless this variable is set before it loads.
 */
async function defaultRuntime(): Promise<OnnxRuntime> {
  // biome-ignore lint/style/noProcessEnv: the native library reads it; Treeline sends nothing anywhere.
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  return { InferenceSession, Tensor }
}

/** Opens the bytes of model.onnx. Rejects with onnxruntime's own error when they are no model. */
export async function openSession(bytes: Uint8Array, runtime?: OnnxRuntime): Promise<ModelSession> {
  const { InferenceSession, Tensor } = runtime ?? (await defaultRuntime())
  const session = await InferenceSession.create(bytes, OPTIONS)
  return {
    async run(values, rowCount) {
      const features = new Tensor('float32', values, [rowCount, values.length / rowCount])
      const { probability } = await session.run({ features })
      return probability.data as Float32Array
    },
  }
}

/** Opens the bytes of model.portable.onnx. */
export async function openPortableSession(bytes: Uint8Array, runtime?: OnnxRuntime): Promise<PortableSession> {
  const { InferenceSession, Tensor } = runtime ?? (await defaultRuntime())
  const session = await InferenceSession.create(bytes, OPTIONS)
  return {
    async run(columns, rowCount) {
      const feeds: Record<string, Tensor> = {}
      for (const [name, values] of columns) {
        feeds[name] =
          values instanceof Float32Array
            ? new Tensor('float32', values, [rowCount, 1])
            : new Tensor('string', values, [rowCount, 1])
      }
      const { probability } = await session.run(feeds)
      return probability.data as Float32Array
    },
  }
}
