/** For tests: a function as the framework's own command runs it, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const FRAMEWORK = fileURLToPath(
  new URL('../node_modules/@google-cloud/functions-framework/build/src/main.js', import.meta.url),
)

export interface FunctionSource {
  /** The entry's file or folder. */
  readonly source: string
  readonly target: string
  readonly environment: Readonly<Record<string, string>>
  /** Default: this process's. */
  readonly cwd?: string
  /** Program and arguments. Default: the framework of this checkout, told source and target. */
  readonly command?: readonly string[]
}

export interface FunctionProcess {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  /** Everything it has written so far. */
  output(): string
  /** Ends it at once. */
  kill(): Promise<unknown>
}

export interface ServedFunction extends FunctionProcess {
  readonly url: string
}

export function runFunction({ source, target, environment, cwd, command }: FunctionSource): FunctionProcess {
  const { NODE_ENV: _, ...inherited } = process.env
  const told = [process.execPath, FRAMEWORK, `--source=${source}`, `--target=${target}`]
  const [program, ...args] = command ?? told
  const child = spawn(program, args, {
    cwd,
    env: { ...inherited, ...environment },
  })
  let output = ''
  child.stdout.on('data', data => (output += data))
  child.stderr.on('data', data => (output += data))
  const ended = new Promise<number | null>(resolve => child.on('exit', resolve))
  const kill = () => {
    child.kill('SIGKILL')
    return ended
  }
  return { child, ended, output: () => output, kill }
}

/** Resolves when it answers, whatever it answers. */
export async function serveFunction(source: FunctionSource): Promise<ServedFunction> {
  const port = await freePort()
  const started = runFunction({ ...source, environment: { ...source.environment, PORT: String(port) } })
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(url).then(
      response => response.status > 0,
      () => false,
    )
  try {
    // A process that has ended is not waited for.
    const up = async () => started.child.exitCode !== null || (await isUp())
    await expect.poll(up, { timeout: 20_000, interval: 50 }).toBe(true)
    expect(started.child.exitCode).toBeNull()
  } catch (cause) {
    await started.kill()
    throw new Error(`${source.target} does not answer: ${started.output()}`, { cause })
  }
  return { ...started, url }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
