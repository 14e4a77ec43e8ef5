import { expect, test } from 'vitest'
import { parseContract } from '../../core/contract/contract.ts'
import { readLabelledTable } from './read-labelled.ts'
import { CONTRACT_DOCUMENT, openTableFolder } from './table-file.fixture.ts'

const { write } = openTableFolder()
const contract = parseContract({ ...CONTRACT_DOCUMENT, weight: 'w' }, 'shop.yaml')

test('rows are judged unweighted: a table to judge on may have the weight column or not, and it is not read', async () => {
  for (const content of ['w,plan,months,usage,left\nx,Pro,1,2,1\n', 'plan,months,usage,left\nPro,1,2,1\n']) {
    const { table } = await readLabelledTable(await write('t.csv', content), contract)
    expect([...table.columns.keys()]).toEqual(['plan', 'months', 'usage', 'left'])
  }
})
