const MAX_COMPARED_CHARS = 40

/** The name a writer most likely meant: the allowed one at the smallest edit distance, if that is close enough. */
export function nearestName(written: string, allowed: Iterable<string>): string | undefined {
  // Long strings are not worth the quadratic loop; they may be a caller's, and as long as the caller likes.
  if (written.length > MAX_COMPARED_CHARS) return undefined
  // A third of the letters may be wrong: "minimun" finds "minimum", "x" finds nothing.
  let smallest = Math.floor(written.length / 3) + 1
  let nearest: string | undefined
  for (const name of allowed) {
    if (Math.abs(name.length - written.length) >= smallest) continue
    const distance = editDistance(written.toLowerCase(), name.toLowerCase())
    if (distance < smallest) {
      smallest = distance
      nearest = name
    }
  }
  return nearest
}

/** Optimal string alignment: an insertion, a deletion, a substitution or a swap of two neighbours costs 1. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      current[j] = Math.min(previous[j] + 1, current[j - 1] + 1, substituted)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) current[j] = Math.min(current[j], beforePrevious[j - 2] + 1)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]
}
