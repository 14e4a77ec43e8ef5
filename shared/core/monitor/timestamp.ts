/**
 * Times of metrics points as whole microseconds since 1970, UTC. Whole, because `datetime.isoformat()` writes six digits and
 * a window's edge must compare exactly; microseconds stay safe integers for 285 years around 1970.
 */

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?:\s?(Z|UTC)|([+-])(\d\d)(?::?(\d\d))?)?$/i

export const MICROSECONDS_PER_HOUR = 3_600_000_000
export const MICROSECONDS_PER_DAY = 24 * MICROSECONDS_PER_HOUR

/** What parseTimestampUs reads, for messages. */
export const TIMESTAMP_FORMAT = 'an ISO 8601 time such as 2026-01-31T09:30:00Z'

/** undefined: no ISO 8601 time. Without a zone it is UTC; a date alone is its midnight; digits past microseconds are cut. */
export function parseTimestampUs(text: string): number | undefined {
  const match = TIMESTAMP.exec(text)
  if (!match) return undefined
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(part => Number(part ?? 0))
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const [offsetHours, offsetMinutes] = [match[10], match[11]].map(part => Number(part ?? 0))
  if (offsetHours > 23 || offsetMinutes > 59) return undefined
  const offset = (match[9] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes)
  const date = new Date(0)
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; this does not.
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute - offset, second)
  return date.getTime() * 1000 + Number((match[7] ?? '').padEnd(6, '0').slice(0, 6))
}

function daysInMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** `2025-08-17T21:32:20Z`, to the second: for people. */
export function formatTimestamp(timeUs: number): string {
  return `${new Date(Math.floor(timeUs / 1000)).toISOString().slice(0, -5)}Z`
}
