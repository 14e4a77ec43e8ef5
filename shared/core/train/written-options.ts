/** A family's options in the spelling of run files (snake_case), and in that of the code. */

export type OptionValue = number | boolean | string

export type WrittenOptions = Readonly<Record<string, OptionValue>>

/** Options as a run file spells them. */
export function writtenOptions(options: unknown): Record<string, OptionValue> {
  return Object.fromEntries(
    Object.entries(options as WrittenOptions).map(([key, value]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
}

/** min_leaf_rows → minLeafRows */
export function toOptions(written: WrittenOptions): Record<string, OptionValue> {
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  )
}
