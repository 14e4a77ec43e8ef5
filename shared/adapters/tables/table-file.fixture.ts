/** For tests: a folder for one test file, and tables read from text written there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { parseContract } from '../../core/contract/contract.ts'
import { AppError } from '../../core/errors.ts'
import type { Table } from '../../core/table/table.ts'
import { readTable } from './read-table.ts'
import type { WantedColumns } from './table-builder.ts'

export const CONTRACT_DOCUMENT = {
  name: 'shop',
  data: 'shop.csv',
  target: { column: 'left', positive: 1 },
  features: {
    plan: { type: 'category', values: ['Basic', 'Pro'] },
    months: { type: 'integer', minimum: 0 },
    usage: { type: 'number', nullable: true },
  },
}

export interface ReadOptions {
  /** Replaces parts of CONTRACT_DOCUMENT. */
  readonly contract?: object
  readonly columns?: WantedColumns
}

export interface TableFolder {
  write(name: string, content: string | Uint8Array): Promise<string>
  read(name: string, content: string | Uint8Array, options?: ReadOptions): Promise<Table>
  /** What readTable says about the file, with the folder cut from every message. */
  refusal(
    name: string,
    content: string | Uint8Array,
    options?: ReadOptions,
  ): Promise<{ message: string; problems: string[] }>
}

/** Removed after the test file's last test. */
export function openTableFolder(): TableFolder {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }
  const read = async (name: string, content: string | Uint8Array, options: ReadOptions = {}) => {
    const contract = parseContract({ ...CONTRACT_DOCUMENT, ...options.contract }, 'shop.yaml')
    return readTable(await write(name, content), contract, { columns: options.columns ?? 'all' })
  }
  return {
    write,
    read,
    async refusal(name, content, options) {
      const short = (message: string) => message.replaceAll(`${folder}/`, '')
      try {
        await read(name, content, options)
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'INVALID_TABLE') throw error
        return { message: short(error.message), problems: error.problems.map(problem => short(problem.message)) }
      }
      throw new Error('accepted')
    },
  }
}

/** The table as rows of cells, null for missing: what a person reads in it. */
export function cellsOf({ rowCount, columns }: Table): Record<string, number | string | null>[] {
  return Array.from({ length: rowCount }, (_, row) => {
    const cells: Record<string, number | string | null> = {}
    for (const [name, column] of columns) {
      if (column.kind === 'number') cells[name] = Number.isNaN(column.values[row]) ? null : column.values[row]
      else cells[name] = column.codes[row] === 0 ? null : column.levels[column.codes[row] - 1]
    }
    return cells
  })
}
