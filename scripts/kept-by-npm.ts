/**
 * What npm tells the command that it starts: of options that stand before the bare `--` only the environment speaks. Not in
 * functions/config.ts, which imports packages: roll-out runs where none is installed.
 */

/** npm's own options that a command has too: whoever has them in an .npmrc did not type them here. */
const OF_NPM = new Set(['audit', 'force', 'json'])

/** true: npm took `--name` for its own, as it does with what stands before the bare `--`, and the command never sees it. */
export function isKeptByNpm(
  name: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return !OF_NPM.has(name) && environment[`npm_config_${name.replaceAll('-', '_')}`] !== undefined
}
