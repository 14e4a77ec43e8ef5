/** Why a file cannot be read, in a message that begins with its path. */
export function whyUnreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'no such file'
  return code === 'EISDIR' ? 'a folder; allowed: a file' : `cannot be read (${code})`
}
