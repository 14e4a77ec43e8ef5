import { expect, test } from 'vitest'
import { cellsOf, openTableFolder, type ReadOptions } from './table-file.fixture.ts'

const folder = openTableFolder()
const HEADER = 'plan,months,usage,left\n'
const ROWS = [
  { plan: 'Pro', months: 3, usage: 1.5, left: '1' },
  { plan: 'Basic', months: 0, usage: null, left: '0' },
]

test.each([
  ['plain', `${HEADER}Pro,3,1.5,1\nBasic,0,,0\n`],
  ['without a line end at the end', `${HEADER}Pro,3,1.5,1\nBasic,0,,0`],
  ['blank lines at the end', `${HEADER}Pro,3,1.5,1\nBasic,0,,0\n\n\r\n\n`],
  ['CRLF', `${HEADER}Pro,3,1.5,1\nBasic,0,,0\n`.replaceAll('\n', '\r\n')],
  ['CRLF and LF mixed', `${HEADER}Pro,3,1.5,1\r\nBasic,0,,0\n`],
  ['byte order mark', `\ufeff${HEADER}Pro,3,1.5,1\nBasic,0,,0\n`],
  ['everything quoted', `"plan","months","usage","left"\n"Pro","3","1.5","1"\n"Basic","0","","0"\n`],
  ['columns in another order', 'left,usage,months,plan\n1,1.5,3,Pro\n0,,0,Basic\n'],
  ['other spellings of numbers', `${HEADER}Pro,+3.0,15e-1,1\nBasic,0,,0\n`],
])('a right file is read: %s', async (_, text) => {
  expect(cellsOf(await folder.read('a.csv', text))).toEqual(ROWS)
})

test('a .tsv file has tabs between its cells', async () => {
  const text = `${HEADER}Pro,3,1.5,1\nBasic,0,,0\n`.replaceAll(',', '\t')
  expect(cellsOf(await folder.read('a.tsv', text))).toEqual(ROWS)
})

test('lines that start with csv.comment are not read, before the header too, and lines are still counted right', async () => {
  const text = `| a remark\n${HEADER}Pro,3,1.5,1\n|x,y\nBasic,0,,0\n|`
  const contract = { csv: { comment: '|' } }
  expect(cellsOf(await folder.read('a.csv', text, { contract }))).toEqual(ROWS)
  const { message } = await folder.refusal('a.csv', text.replace('Basic', 'Gold'), { contract })
  expect(message).toMatch('a.csv:5:1 plan is "Gold"')
  expect((await folder.refusal('a.csv', text)).problems[0]).toMatch('a.csv:1:1 "| a remark" is no column')
})

test('quoted cells keep commas, quotes and line ends', async () => {
  const contract = { features: { note: { type: 'category' } } }
  const text = 'note,left\n"a, ""b""\nc",1\n d ,0\n'
  expect(cellsOf(await folder.read('a.csv', text, { contract }))).toEqual([
    { note: 'a, "b"\nc', left: '1' },
    { note: ' d ', left: '0' },
  ])
})

test('levels are coded in order of first appearance and numbers stay float64', async () => {
  const { columns } = await folder.read('a.csv', `${HEADER}Pro,1,0.1,1\nBasic,2,,0\nPro,3,2,0\n`)
  expect(columns.get('plan')).toEqual({ kind: 'category', codes: Uint8Array.of(1, 2, 1), levels: ['Pro', 'Basic'] })
  expect(columns.get('usage')).toEqual({ kind: 'number', values: Float64Array.of(0.1, Number.NaN, 2) })
})

const ADULT = {
  target: { column: 'income', positive: '>50K', labels: { '>50K.': '>50K', '<=50K.': '<=50K' } },
  csv: { header: ['age', 'work', 'sex', 'fnlwgt', 'income'], trim: true, missing: ['?', '-1'] },
  features: {
    age: { type: 'integer', nullable: true },
    work: { type: 'category', nullable: true, values: ['State'], unknown: 'other' },
  },
  sensitive: { sex: { type: 'category', values: ['Male', 'Female'] } },
  ignore: ['fnlwgt'],
}
const ADULT_ROWS = '39, State, Male, 77516, <=50K\n -1, ?, Female, x, >50K.\n 28, Private, Male,, <=50K.\n'

test.each([
  ['without a header', ADULT_ROWS],
  ['with the header', `age, work, sex, fnlwgt, income\n${ADULT_ROWS}`],
])('names from the contract, blanks, missing marks, labels and unknown levels: %s', async (_, text) => {
  expect(cellsOf(await folder.read('adult.csv', text, { contract: ADULT }))).toEqual([
    { age: 39, work: 'State', sex: 'Male', income: '<=50K' },
    { age: null, work: null, sex: 'Female', income: '>50K' },
    { age: 28, work: 'Private', sex: 'Male', income: '<=50K' },
  ])
})

test('for scoring only the features are read; target and sensitive columns may be there, bad or absent', async () => {
  const options: ReadOptions = { columns: 'features' }
  expect(cellsOf(await folder.read('a.csv', 'plan,months,usage\nPro,3,\n', options))).toEqual([
    { plan: 'Pro', months: 3, usage: null },
  ])
  const table = await folder.read('a.csv', `${HEADER}Pro,3,,\n`, options)
  expect([...table.columns.keys()]).toEqual(['plan', 'months', 'usage'])
})

test('in a file of one column a blank line between rows is a missing value, and at the end nothing', async () => {
  const options: ReadOptions = {
    columns: 'features',
    contract: { features: { usage: { type: 'number', nullable: true } } },
  }
  const table = await folder.read('a.csv', 'usage\n1\n\n\n2\n\n', options)
  expect(cellsOf(table)).toEqual([{ usage: 1 }, { usage: null }, { usage: null }, { usage: 2 }])
})

const UNKNOWN_PLAN = 'plan is "Gold"; allowed: Basic, Pro'

test.each<[string, string, string]>([
  ['unknown category', 'Pro,3,1,1\nGold,3,1,1\n', `3:1 ${UNKNOWN_PLAN}`],
  ['unknown category after a quoted line end', '"Pro",3,1,"1"\nPro,3,1,"\n"\nGold,3,1,1\n', `5:1 ${UNKNOWN_PLAN}`],
  ['empty category', ',3,1,1\n', '2:1 plan is missing (""); allowed: Basic, Pro'],
  [
    'category with blanks',
    ' Pro,3,1,1\n',
    '2:1 plan is " Pro"; allowed: Basic, Pro; csv: { trim: true } in the contract cuts blanks off',
  ],
  ['number with letters', 'Pro,12abc,1,1\n', '2:2 months is "12abc"; allowed: an integer of at least 0'],
  ['empty number', 'Pro,,1,1\n', '2:2 months is missing (""); allowed: an integer of at least 0'],
  ['blank number', 'Pro, ,1,1\n', '2:2 months is " "; allowed: an integer of at least 0'],
  ['decimal comma', 'Pro,3,"1,5",1\n', '2:3 usage is "1,5"; allowed: a number'],
  [
    'NaN',
    'Pro,3,NaN,1\n',
    '2:3 usage is "NaN"; allowed: a number; if it means missing, the contract says so: csv: { missing: ["", "NaN"] }',
  ],
  ['Infinity', 'Pro,3,Infinity,1\n', '2:3 usage is "Infinity"; allowed: a number'],
  ['hexadecimal', 'Pro,0x10,1,1\n', '2:2 months is "0x10"; allowed: an integer of at least 0'],
  [
    'beyond float32',
    'Pro,3,1e400,1\n',
    '2:3 usage is "1e400"; allowed: numbers from -3.4028234663852886e+38 to 3.4028234663852886e+38, which is what float32 holds',
  ],
  ['fraction', 'Pro,1.5,1,1\n', '2:2 months is "1.5"; allowed: an integer of at least 0'],
  ['negative', 'Pro,-1,1,1\n', '2:2 months is "-1"; allowed: an integer of at least 0'],
  ['empty target', 'Pro,3,1,\n', '2:4 left is missing (""); allowed: any string but the empty one'],
  ['cell too few', 'Pro,3,1\n', '2 the row has 3 cells; allowed: 4, one for each column'],
  ['cell too many', 'Pro,3,1,1,\n', '2 the row has 5 cells; allowed: 4, one for each column'],
  [
    'blank line between rows',
    'Pro,3,1,1\n\nPro,3,1,1\n',
    '3 the line is blank; allowed: blank lines at the end of the file only',
  ],
  [
    'quote never closed',
    'Pro,3,1,1\n"Pro,3,1,1\nPro,3,1,1\n',
    '3 a quoted cell starts in this row and is never closed',
  ],
  [
    'text after a closing quote',
    'Pro,3,1,1\n"Pro"x",3,1,1\nPro,3,1,1\n',
    '3 a quoted cell of this row goes on after its closing quote; allowed: a quote inside a cell is written twice',
  ],
  ['NUL byte', 'Pro,3,1,1\nPro,\0,1,1\n', '3 has a NUL byte; allowed: text'],
  ['no row', '', '1 the file has a header and no row; allowed: at least one row'],
])('a bad file is refused by line and column: %s', async (_, rows, message) => {
  expect(await folder.refusal('a.csv', HEADER + rows)).toEqual({
    message: `a.csv:${message}`,
    problems: [`a.csv:${message}`],
  })
})

test.each<[string, string, string[]]>([
  ['empty file', '', ['1 the file is empty; allowed: at least one row']],
  ['blank lines only', '\n\r\n\n', ['1 the file is empty; allowed: at least one row']],
  [
    'blank line before the header',
    `\n${HEADER}Pro,3,1,1\n`,
    ['1 the line is blank; allowed: blank lines at the end of the file only'],
  ],
  [
    'semicolons',
    'plan;months;usage;left\nPro;3;1,5;1\n',
    [
      '1 the first row is one cell, "plan;months;usage;left"; allowed: cells with commas between them, or in a .tsv file tabs',
    ],
  ],
  ['absent column', 'plan,usage,left\n', ['1 the column "months" is absent; the file has: "plan", "usage", "left"']],
  ['column twice', 'plan,months,usage,left,plan\n', ['1:5 the column "plan" is column 1 too; allowed: distinct names']],
  [
    'unknown column',
    'plan,months,usage,left,id\n',
    ['1:5 "id" is no column of contract shop; to leave it out, add it to ignore'],
  ],
  [
    'column without a name',
    ',plan,months,usage,left\n',
    ['1:1 the column has no name; allowed: a name for each column'],
  ],
  [
    'slip in a name',
    'plan,month,usage,left\n',
    [
      '1:2 "month" is no column of contract shop; did you mean "months"? to leave it out, add it to ignore',
      '1 the column "months" is absent; the file has: "plan", "month", "usage", "left"',
    ],
  ],
])('a bad header is refused before any row: %s', async (_, text, messages) => {
  const { problems } = await folder.refusal('a.csv', `${text}`)
  expect(problems).toEqual(messages.map(message => `a.csv:${message}`))
})

test('a cell that other tools write for missing, or with blanks around it, comes with the key of the contract for it', async () => {
  const { problems } = await folder.refusal('a.csv', `${HEADER}NA,3,1,1\nPro, 3,1,1\nPro,x,1,1\n`)
  expect(problems).toEqual([
    expect.stringMatching(/^a.csv:2:1 plan is "NA"; .*the contract says so: csv: { missing: \["", "NA"\] }$/),
    expect.stringMatching(/^a.csv:3:2 months is " 3"; .*; csv: { trim: true } in the contract cuts blanks off$/),
    expect.stringMatching(/^a.csv:4:2 months is "x"; allowed: [^;]*$/),
  ])
})

test('all problems come at once, in the order of the file', async () => {
  const { message, problems } = await folder.refusal('a.csv', `${HEADER}Gold,x,1,1\nPro,3,1,1\nPro,3\nPro,-1,y,1\n`)
  expect(message).toBe('a.csv: 5 problems')
  expect(problems.map(problem => problem.split(' ')[0])).toEqual([
    'a.csv:2:1',
    'a.csv:2:2',
    'a.csv:4',
    'a.csv:5:2',
    'a.csv:5:3',
  ])
})

test('reading stops at the hundredth problem', async () => {
  const { message, problems } = await folder.refusal('a.csv', HEADER + 'Gold,3,1,1\n'.repeat(5000))
  expect(message).toBe('a.csv: at least 100 problems; reading stopped at line 101')
  expect(problems).toHaveLength(100)
})

test('a quote opened early in a large file is found without reading it all', async () => {
  const text = `${HEADER}Pro,3,1,1\n"Pro,3,1,1\n${'Pro,3,1,1\n'.repeat(400_000)}`
  const { message } = await folder.refusal('a.csv', text)
  expect(message).toBe('a.csv:3 the row goes on for more than 1000000 characters; is a quote not closed?')
})

test('rows and quoted cells that lie across the pieces of a large file stay whole', async () => {
  const contract = { features: { note: { type: 'category' } } }
  const notes = ['"x, ""é""\r\n,y"', '"plain"', '""""', 'z']
  const meant = ['x, "é"\n,y', 'plain', '"', 'z']
  // 43 bytes a group, so that each piece of 256 KiB ends at another byte of it.
  const text = `note,left\n${notes
    .map((note, i) => `${note},${i % 2}\r\n`)
    .join('')
    .repeat(20_000)}`
  const table = await folder.read('a.csv', text, { contract })
  const note = table.columns.get('note')
  expect(table.rowCount).toBe(80_000)
  expect(note).toMatchObject({ levels: meant })
  expect(note?.kind === 'category' && note.codes.every((code, row) => code === (row % 4) + 1)).toBe(true)
})
