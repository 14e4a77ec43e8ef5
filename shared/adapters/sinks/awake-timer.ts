/**
 * A timer that counts only the time in which this process runs. Cloud Run takes the CPU away between requests: a plain timer
 * would then be the first to be heard when it comes back, before an answer that has long been there.
 */

/** Calls `onEnd` after that time awake, unless what it returns is called before. */
export function startAwakeTimer(ms: number, onEnd: () => void): () => void {
  const stepMs = ms / STEPS
  let steps = 0
  // However long the process was stopped, an interval is due once.
  const timer = setInterval(() => {
    if (++steps < STEPS) return
    clearInterval(timer)
    onEnd()
  }, stepMs)
  return () => clearInterval(timer)
}

const STEPS = 20
