/**
 * A time limit on waiting. The work itself goes on, and what comes of it later is heard by nobody. Time that the process
 * sleeps does not count, as instances do between two requests: the answer may have come meanwhile, and is read first.
 */

/** Each counts once, however late it comes. */
const TICKS = 20

/** What the work gives, or what `late` gives or throws once the time is over. */
export async function withinTime<Value, Late>(
  limitMs: number,
  work: Promise<Value>,
  late: () => Late,
): Promise<Value | Late> {
  let ticks = 0
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<typeof LATE>(resolve => {
    timer = setInterval(() => ++ticks === TICKS && resolve(LATE), limitMs / TICKS)
  })
  try {
    const first = await Promise.race([work, limit])
    return first === LATE ? late() : first
  } finally {
    clearInterval(timer)
  }
}

const LATE = Symbol('late')
