/** Whether a command may write to the folder it was given: asked before hours of work, not after. */
import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { AppError, quoteValue } from '../shared/core/errors.ts'

/** Makes the folder where there is none. `option` names it in the message, as `--out`. */
export async function checkFolder(folder: string, option: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code
    const message = `${option} is ${quoteValue(folder)} (${reason}); allowed: a folder that can be written to`
    throw new AppError('USAGE', message, { cause })
  }
}
