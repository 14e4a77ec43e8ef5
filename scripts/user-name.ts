/** Whoever runs a command, for the log of decisions; `--by` says otherwise, as a pipeline should. */
import { userInfo } from 'node:os'

/** A container may have no name for its user. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
