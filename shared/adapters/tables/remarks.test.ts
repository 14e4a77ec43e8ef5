import { expect, test } from 'vitest'
import { markRemarks } from './remarks.ts'

async function mark(chunks: readonly string[]): Promise<string> {
  async function* source() {
    yield* chunks
  }
  let text = ''
  for await (const piece of markRemarks(source(), '#')) text += piece
  return text
}

test('a line that starts with the mark is a remark; a quoted cell that does, and a line inside one, are data', async () => {
  const text = '# made by hand\na,b\n"#1 plan",2\n"two\n# lines",3\n#last'
  expect(await mark([text])).toBe('\0\na,b\n"#1 plan",2\n"two\n# lines",3\n\0')
})

test('wherever the text is cut into pieces, the same lines are remarks', async () => {
  const text = '#x\na,"q\n#in"\n#y, "odd\n1,2\n'
  const whole = await mark([text])
  expect(whole).toBe('\0\na,"q\n#in"\n\0\n1,2\n')
  for (let cut = 0; cut <= text.length; cut++) expect(await mark([text.slice(0, cut), text.slice(cut)])).toBe(whole)
})
