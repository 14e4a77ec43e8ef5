/**
 * Reads the blocks of Terraform files that `terraform fmt` has formatted: a block begins and ends at the margin, its own
 * arguments stand two spaces in. Anything else at the margin is an error, so that no block can be missed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Block {
  readonly file: string
  /** resource, variable, locals … */
  readonly kind: string
  /** What stands in quotes after the kind: for a resource its type and its name. */
  readonly labels: readonly string[]
  /** Between the braces. */
  readonly body: string
}

const OPENING = /^([a-z_]+)((?: "[^"]+")*) \{$/

export function readBlocks(folder: string): Block[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.tf'))
  return files.sort().flatMap(file => blocksOf(file, readFileSync(join(folder, file), 'utf8')))
}

export function blocksOf(file: string, text: string): Block[] {
  const blocks: Block[] = []
  let open: { kind: string; labels: string[]; lines: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const opening = line.match(OPENING)
    if (open && line === '}') {
      blocks.push({ file, kind: open.kind, labels: open.labels, body: open.lines.join('\n') })
      open = undefined
    } else if (open && /^( {2}|$)/.test(line) && !line.includes('<<')) open.lines.push(line)
    else if (!open && opening) {
      const labels = [...opening[2].matchAll(/"([^"]+)"/g)].map(match => match[1])
      open = { kind: opening[1], labels, lines: [] }
    } else if (open || !/^(#.*)?$/.test(line)) {
      throw new Error(`${file}:${index + 1} is ${JSON.stringify(line)}; allowed: blocks as terraform fmt writes them`)
    }
  }
  if (open) throw new Error(`${file}: ${open.kind} ${open.labels.join(' ')} does not end`)
  return blocks
}

/** An argument's expression as it is written, undefined where the block has none; one that goes on over lines is refused. */
export function argumentOf(block: Block, name: string): string | undefined {
  const found = block.body.match(new RegExp(`^ {2}${name} += (.+)$`, 'm'))?.[1]
  if (found !== undefined && /[{[(]$/.test(found)) {
    throw new Error(`${block.file}: ${name} of ${block.labels.join('.')} goes on over lines; allowed: one line`)
  }
  return found
}
