/**
 * Finds the remarks of a CSV file before it is parsed: lines that start with the contract's mark. Afterwards it would be too
 * late, for a parsed cell no longer tells whether it stood in quotes, and "#1 plan" in quotes is data.
 */

/** Stands for a remark, so that lines are still counted right. No file has it: NUL bytes are refused. */
export const REMARK = '\0'

/** `chunks` with each remark line made REMARK; a line inside a quoted cell is none. Pieces end where lines do. */
export async function* markRemarks(chunks: AsyncIterable<string>, mark: string): AsyncGenerator<string> {
  let rest = ''
  let isQuoted = false
  const markLine = (line: string): string => {
    if (!isQuoted && line.startsWith(mark)) return REMARK
    for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) isQuoted = !isQuoted
    return line
  }
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield `${lines.map(markLine).join('\n')}\n`
  }
  if (rest !== '') yield markLine(rest)
}
