/**
 * Successive halving with folds as the resource (Jamieson and Talwalkar 2016): every contestant runs the first fold, the
 * better half of each group the second, and so on, so that n contestants cost about 2 n fits instead of n for each fold.
 * What ran is kept, nothing is fitted twice. Groups are halved each on their own: in a group whose contestants all score
 * alike they would else crowd out the others.
 */

export interface Contestant {
  /** Among whom it is halved. */
  readonly group: string
}

export interface Heat {
  readonly race: number
  readonly contestant: number
  readonly fold: number
}

export interface RaceOptions {
  readonly contestants: readonly Contestant[]
  readonly folds: number
  /** Races that run side by side, each with the same contestants and scores of its own. */
  readonly races: number
  /** Scores of the heats, in their order; higher is better, never NaN. One call is one round of all races. */
  readonly score: (heats: readonly Heat[], round: { readonly number: number; readonly of: number }) => Promise<number[]>
}

/** [race][contestant]: its scores, one for each fold it ran. */
export async function raceContestants({ contestants, folds, races, score }: RaceOptions): Promise<number[][][]> {
  const scores = Array.from({ length: races }, () => contestants.map((): number[] => []))
  let alive = scores.map(() => [...contestants.keys()])
  for (let fold = 0; fold < folds; fold++) {
    if (fold > 0) alive = alive.map((runners, race) => betterHalf(runners, { contestants, scores: scores[race] }))
    const heats = alive.flatMap((runners, race) => runners.map(contestant => ({ race, contestant, fold })))
    const results = await score(heats, { number: fold + 1, of: folds })
    heats.forEach(({ race, contestant }, i) => {
      scores[race][contestant].push(results[i])
    })
  }
  return scores
}

/** The contestant of `group` with the best mean among those that ran every fold; the first of equals. */
export function winnerOf(group: string, contestants: readonly Contestant[], scores: readonly number[][]): number {
  const most = Math.max(...scores.map(own => own.length))
  const finalists = [...contestants.keys()].filter(i => contestants[i].group === group && scores[i].length === most)
  return finalists.reduce((best, i) => (meanOf(scores[i]) > meanOf(scores[best]) ? i : best))
}

export function meanOf(scores: readonly number[]): number {
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

/** The better half of each group by mean score, rounded up; rising. */
function betterHalf(
  runners: readonly number[],
  { contestants, scores }: { readonly contestants: readonly Contestant[]; readonly scores: readonly number[][] },
): number[] {
  const groups = Map.groupBy(runners, runner => contestants[runner].group)
  return [...groups.values()]
    .flatMap(group => {
      const ranked = group.sort((a, b) => meanOf(scores[b]) - meanOf(scores[a]) || a - b)
      return ranked.slice(0, Math.ceil(ranked.length / 2))
    })
    .sort((a, b) => a - b)
}
