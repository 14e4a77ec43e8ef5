import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { type Heat, meanOf, raceContestants, winnerOf } from './race.ts'

/** Contestant i scores -|i - best| plus a fold's noise; `heats` collects what was asked for. */
function toyRace({ count, best, noise = 0 }: { count: number; best: number; noise?: number }) {
  const contestants = Array.from({ length: count }, () => ({ group: 'g' }))
  const heats: Heat[] = []
  const random = makeRandom(1)
  const run = () =>
    raceContestants({
      contestants,
      folds: 5,
      races: 1,
      score: async asked => {
        heats.push(...asked)
        return asked.map(({ contestant }) => -Math.abs(contestant - best) + noise * random.normal())
      },
    })
  return { contestants, heats, run }
}

test('a planted best contestant wins, wherever it stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.nat(59), async (count, place) => {
      const best = place % count
      const { contestants, run } = toyRace({ count, best })
      const [scores] = await run()
      expect(winnerOf('g', contestants, scores)).toBe(best)
    }),
    { numRuns: 50 },
  )
})

test('with noise in every fold the winner is still near the best', async () => {
  const { contestants, run } = toyRace({ count: 40, best: 17, noise: 1 })
  const [scores] = await run()
  expect(Math.abs(winnerOf('g', contestants, scores) - 17)).toBeLessThan(3)
})

test('halving: 30 contestants over 5 folds are 30 + 15 + 8 + 4 + 2 fits, and never more than 2 n + folds', async () => {
  const { heats, run } = toyRace({ count: 30, best: 3 })
  await run()
  const perFold = [0, 1, 2, 3, 4].map(fold => heats.filter(heat => heat.fold === fold).length)
  expect(perFold).toEqual([30, 15, 8, 4, 2])
  for (const count of [1, 2, 3, 7, 100]) {
    const race = toyRace({ count, best: 0 })
    await race.run()
    expect(race.heats.length).toBeLessThanOrEqual(2 * count + 5)
  }
})

test('no heat runs twice, and a dropped contestant never comes back', async () => {
  const { heats, run } = toyRace({ count: 23, best: 9, noise: 3 })
  await run()
  expect(new Set(heats.map(heat => `${heat.contestant} ${heat.fold}`)).size).toBe(heats.length)
  for (const { contestant, fold } of heats) {
    const folds = heats.filter(heat => heat.contestant === contestant).map(heat => heat.fold)
    expect(folds.slice(0, fold + 1)).toEqual(Array.from({ length: fold + 1 }, (_, i) => i))
  }
})

test('every group is halved on its own, so that one of many equal scores crowds no other out', async () => {
  const contestants = Array.from({ length: 12 }, (_, i) => ({ group: i < 9 ? 'strong' : 'weak' }))
  const [scores] = await raceContestants({
    contestants,
    folds: 4,
    races: 1,
    score: async heats => heats.map(({ contestant }) => (contestant < 9 ? 10 : contestant - 9)),
  })
  // 9, 5, 3, 2 of the strong, of equals the first; 3, 2, 1, 1 of the weak.
  expect(scores.map(own => own.length)).toEqual([4, 4, 3, 2, 2, 1, 1, 1, 1, 1, 2, 4])
  expect(winnerOf('strong', contestants, scores)).toBe(0)
  expect(winnerOf('weak', contestants, scores)).toBe(11)
})

test('races side by side are those run alone', async () => {
  const contestants = Array.from({ length: 10 }, () => ({ group: 'g' }))
  const scoreOf = ({ race, contestant, fold }: Heat) => Math.sin(17 * race + 5 * contestant + fold)
  const score = (shift: number) => async (heats: readonly Heat[]) =>
    heats.map(heat => scoreOf({ ...heat, race: heat.race + shift }))
  const together = await raceContestants({ contestants, folds: 3, races: 2, score: score(0) })
  const [first] = await raceContestants({ contestants, folds: 3, races: 1, score: score(0) })
  const [second] = await raceContestants({ contestants, folds: 3, races: 1, score: score(1) })
  expect(together).toEqual([first, second])
})

test('meanOf is the plain mean', () => {
  expect(meanOf([1, 2, 6])).toBe(3)
})
