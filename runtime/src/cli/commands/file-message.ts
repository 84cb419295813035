const words: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
};

/** What went wrong with a file that the user named, in the system's words. */
export function fileMessage(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `${path}: ${(code === undefined ? undefined : words[code]) ?? message}`;
}
