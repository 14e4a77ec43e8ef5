/** Adam (Kingma and Ba 2015, algorithm 1) with its usual constants. */

const MEAN_DECAY = 0.9
const SQUARE_DECAY = 0.999
const EPSILON = 1e-8

/** A function that moves the parameters by one step along a gradient, in place. */
export function makeAdam(
  size: number,
  learningRate: number,
): (parameters: Float64Array, gradient: Float64Array) => void {
  const mean = new Float64Array(size)
  const square = new Float64Array(size)
  // Running products instead of powers: a million steps of Math.pow need not round alike everywhere.
  let meanLeft = 1
  let squareLeft = 1
  return (parameters, gradient) => {
    meanLeft *= MEAN_DECAY
    squareLeft *= SQUARE_DECAY
    const rate = (learningRate * Math.sqrt(1 - squareLeft)) / (1 - meanLeft)
    for (let i = 0; i < size; i++) {
      const g = gradient[i]
      mean[i] = MEAN_DECAY * mean[i] + (1 - MEAN_DECAY) * g
      square[i] = SQUARE_DECAY * square[i] + (1 - SQUARE_DECAY) * g * g
      parameters[i] -= (rate * mean[i]) / (Math.sqrt(square[i]) + EPSILON)
    }
  }
}
