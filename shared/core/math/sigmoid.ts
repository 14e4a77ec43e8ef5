/**
 * 1 / (1 + e^-x) in [0, 1], in the very steps of onnxruntime's double Sigmoid, so that both round alike (for x < 0 the
 * other usual form, e^x / (1 + e^x), keeps more digits of tiny values but gives other last bits).
 */
export function sigmoid(x: number): number {
  const tail = 1 / (1 + Math.exp(-Math.abs(x)))
  return x >= 0 ? tail : 1 - tail
}
