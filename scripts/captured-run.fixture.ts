/** A command as a test runs it: in this process, with what it wrote and the code it ended with. */
import { execute } from './cli.ts'

export async function capturedRun(command: Parameters<typeof execute>[0], ...argv: string[]) {
  const out: string[] = []
  const error: string[] = []
  const host = { argv, writeOut: (text: string) => out.push(text), writeError: (text: string) => error.push(text) }
  const code = await execute(command, { ...host, interactive: false })
  return { code, out: out.join(''), error: error.join('') }
}
