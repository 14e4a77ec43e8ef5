/** The fastest kernels that this machine runs. */
import type { Kernels } from './kernels.ts'
import { referenceKernels } from './reference.ts'
import { webAssemblyKernels } from './webassembly.ts'

/** WebAssembly where there is any (with SIMD and shared memory), plain TypeScript elsewhere: the same bits, only slower. */
export function openKernels(): Kernels {
  try {
    return webAssemblyKernels()
  } catch (error) {
    if (error instanceof RangeError || isWebAssemblyError(error)) return referenceKernels
    throw error
  }
}

/** CompileError and LinkError, of an engine without a feature; ReferenceError, of one without WebAssembly. */
function isWebAssemblyError(error: unknown): boolean {
  return error instanceof Error && ['CompileError', 'LinkError', 'ReferenceError'].includes(error.name)
}
