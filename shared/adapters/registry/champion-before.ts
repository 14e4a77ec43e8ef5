/**
 * The version that a rollback goes back to. A rollback takes back the newest promotion that still stands, so a second one
 * goes further back and never to the version that was just left.
 */
import type { ChampionPointer } from './champion-pointer.ts'

/** `history` is every pointer, oldest first. undefined: the first champion still stands, or there is none. */
export function championBefore(history: readonly ChampionPointer[]): string | undefined {
  const standing: string[] = []
  for (const { version, verdict, previous } of history) {
    // Of a pointer that is lost or damaged, the next one tells.
    if (previous !== undefined && standing.at(-1) !== previous) standing.push(previous)
    const at = standing.lastIndexOf(version)
    // Promoting the champion once more changes nothing to go back to.
    if (verdict === 'rolled_back' && at !== -1) standing.length = at + 1
    else if (standing.at(-1) !== version) standing.push(version)
  }
  return standing.at(-2)
}
