// The native process that holds the socket of an engine that was started for a command, and starts that engine again when
// somebody connects. Our own clients look first whether it sleeps: to connect would wake it.

import { fs } from './node.ts';

/** How long one that sleeps takes to leave at most, in ms. */
const leavingMs = 2000;

interface Note {
  readonly pid: number;
  readonly isAsleep: boolean;
}

/** Whether an engine sleeps behind a socket: a connection would start it. Takes microseconds. */
export function sleeps(socket: string): boolean {
  const note = readNote(socket);
  return note?.isAsleep === true && isDoorman(note.pid);
}

/** Whether a doorman keeps a socket, of an engine that sleeps or of one that runs. */
export function isKept(socket: string): boolean {
  const note = readNote(socket);
  return note !== undefined && isDoorman(note.pid);
}

/** Asks the doorman of an engine that sleeps to leave the socket to others. @returns false when the engine woke up meanwhile */
export async function dismiss(socket: string): Promise<boolean> {
  const note = readNote(socket);
  if (note === undefined || !isDoorman(note.pid)) return true;
  try {
    process.kill(note.pid, 'SIGHUP');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  for (const deadline = Date.now() + leavingMs; isDoorman(note.pid); await delay(2)) {
    if (readNote(socket)?.isAsleep === false || Date.now() > deadline) return false;
  }
  return true;
}

/** What the doorman says of itself; undefined where there is none, or one of somebody else. */
function readNote(socket: string): Note | undefined {
  const match = /^(\d{1,10}) (asleep|awake)\n$/.exec(read(`${socket}.doorman`));
  return match === null ? undefined : { pid: Number(match[1]), isAsleep: match[2] === 'asleep' };
}

/** A note may be older than its writer, and the number another process's by now. */
function isDoorman(pid: number): boolean {
  return read(`/proc/${pid}/comm`) === 'coracle-doorman\n';
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function read(path: string): string {
  try {
    return fs().readFileSync(path, 'utf8');
  } catch {
    return ''; // Absent, or not for us: as good as none.
  }
}
