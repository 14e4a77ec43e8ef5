/**
 * Clears away what killed trainings left: half-written files (the storage knows them) and names that were reserved and
 * never used. Careful to the point of leaving things: nothing a writer could still be at work on is touched, and a version
 * that ever had more than its reservation stays, for a lost model.json may be restored.
 */
import type { Storage } from '../storage/storage.ts'
import { isVersion, versionDate } from './version-name.ts'

const DAY = 86_400_000
/** Of a half-written file: to write one takes seconds. */
const FILE_AGE = DAY
/** Of a reserved name: it bears the day its training began, and a training may take days. */
const NAME_AGE = 7 * DAY

/** `reservation`: the one file that a reserved version has. What may not be removed stays. */
export async function sweepRegistry(
  storage: Storage,
  { now, reservation }: { readonly now: Date; readonly reservation: string },
): Promise<void> {
  await storage.sweep?.(new Date(now.getTime() - FILE_AGE))
  const files = Map.groupBy(await storage.list(''), key => key.split('/')[0])
  for (const [version, keys] of files) {
    const isReservation = isVersion(version) && keys.length === 1 && keys[0] === `${version}/${reservation}`
    if (!isReservation || now.getTime() - versionDate(version).getTime() < NAME_AGE) continue
    await storage.remove(keys[0]).catch(() => {})
  }
}
