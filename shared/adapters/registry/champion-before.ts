/**
 * The version that a rollback goes back to. A rollback takes back the newest promotion that still stands, so a second one
 * goes further back and never to the version that was just left.
 */
import type { ChampionPointer } from './champion-pointer.ts'

/** `history` is every pointer, oldest first. undefined: the first champion still stands, or there is none. */
export function championBefore(history: readonly ChampionPointer[]): string | undefined {
  const standing: string[] = []
  const goBackTo = (version: string) => {
    const at = standing.lastIndexOf(version)
    if (at === -1) standing.push(version)
    else standing.length = at + 1
  }
  for (const { version, verdict, previous } of history) {
    // Changes something only after a pointer that is lost or damaged: of that one, this one tells.
    if (previous !== undefined) goBackTo(previous)
    if (verdict === 'rolled_back') goBackTo(version)
    // Promoting the champion once more changes nothing to go back to.
    else if (standing.at(-1) !== version) standing.push(version)
  }
  return standing.at(-2)
}
