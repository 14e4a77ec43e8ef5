/** A time limit on waiting. The work itself goes on, and what comes of it later is heard by nobody. */

/** What the work gives, or what `late` gives or throws once the time is over. */
export async function withinTime<Value, Late>(
  limitMs: number,
  work: Promise<Value>,
  late: () => Late,
): Promise<Value | Late> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<typeof LATE>(resolve => {
    timer = setTimeout(() => resolve(LATE), limitMs)
  })
  try {
    const first = await Promise.race([work, limit])
    return first === LATE ? late() : first
  } finally {
    clearTimeout(timer)
  }
}

const LATE = Symbol('late')
