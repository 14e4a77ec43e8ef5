/** A model version's name: UTC `YYYYMMDD.gitsha.N`, N from 1 for each date and revision. */

const VERSION = /^(\d{8})\.([0-9a-z-]+)\.([1-9]\d*)$/

export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

/** The name's start, to which N is added. Throws a plain Error: both parts are made by our own commands. */
export function versionPrefix(date: string, gitSha: string): string {
  const prefix = `${date}.${gitSha}.`
  if (!isVersion(`${prefix}1`))
    throw new Error(`"${date}" and "${gitSha}" make no version name; use YYYYMMDD and a revision`)
  return prefix
}

/** The day in a version's name, at its first moment. */
export function versionDate(version: string): Date {
  return new Date(version.slice(0, 8).replace(/(....)(..)(..)/, '$1-$2-$3'))
}

/** N of a version's name. */
export function versionNumber(version: string): number {
  return Number(version.slice(version.lastIndexOf('.') + 1))
}

/** By date, then revision, then N as a number (10 after 9). */
export function compareVersions(a: string, b: string): number {
  const [prefixA, prefixB] = [a, b].map(version => version.slice(0, version.lastIndexOf('.')))
  if (prefixA !== prefixB) return prefixA < prefixB ? -1 : 1
  return versionNumber(a) - versionNumber(b)
}
