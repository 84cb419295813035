// SIGKILL to one process, which may have gone already.

/** @throws what kill(2) says, unless nobody has this pid */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
