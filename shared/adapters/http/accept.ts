/** Which of two media types a client would rather have, by its Accept header (RFC 9110 section 12.5.1). */

/** true: `type` has a greater quality than `other`, the one that is sent when the client has no wish. */
export function prefers(accept: string | undefined, type: string, other: string): boolean {
  if (accept === undefined) return false
  return quality(accept, type) > quality(accept, other)
}

/** The quality of the most specific range that fits; 0 when none does. */
function quality(accept: string, type: string): number {
  const ranges = new Map(
    accept.split(',').map(range => {
      const [name, ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
      const q = parameters.find(parameter => parameter.startsWith('q='))?.slice(2)
      return [name, q === undefined ? 1 : Number(q) || 0] as const
    }),
  )
  return ranges.get(type) ?? ranges.get(`${type.split('/')[0]}/*`) ?? ranges.get('*/*') ?? 0
}
