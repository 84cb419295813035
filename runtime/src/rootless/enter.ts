// The step before the daemon of an ordinary user: looks at the host, finds or makes the namespaces and the way out, and
// becomes the same program once more, as root in there.

import { mkdirSync } from 'node:fs';
import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import type { Finding } from '../spec/engine/system.ts';
import type { ProcessId, Rootless } from '../spec/rootless.ts';
import { adoptNamespaces, makeHolder } from './holder.ts';
import { isPossible, isUnified, preflight, refusedNamespaces } from './preflight.ts';
import { findProgram, searchPath } from './programs.ts';
import { lives, readState, writeState, type State } from './state.ts';
import { presentUser, type User } from './subids.ts';
import { findWayOut, noWayOut, startWayOut } from './way-out.ts';

/** Names the variable by which the step before tells the daemon. */
const variable = 'CORACLE_ROOTLESS';

export interface EnterOptions {
  readonly execRoot: string;
  /** Path of the native program. */
  readonly helper: string;
  /** Paths of OCI runtimes that the settings name. */
  readonly runtimes: readonly string[];
}

/** The host does not allow it. The message is for people, a line for each thing to mend. */
export class RootlessError extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const lines = findings
      .filter(({ state }) => state === 'missing')
      .map(({ message, remedy }) => `  ${message}${remedy === undefined ? '' : `\n    mend it with: ${remedy}`}`);
    super(`this system does not allow an engine without root yet:\n${lines.join('\n')}`);
    this.name = 'RootlessError';
    this.findings = findings;
  }
}

/** What the step before has left for this process. @returns undefined when there was none */
export function enteredNamespaces(env: NodeJS.ProcessEnv): Rootless | undefined {
  const text = env[variable];
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Rootless);
}

/**
 * Becomes this program again inside the namespaces; returns only by failing.
 * @throws RootlessError when the host does not allow it
 */
export async function enterNamespaces(options: EnterOptions): Promise<never> {
  const user = presentUser();
  const folders = searchPath(process.env['PATH']);
  const findings = preflight({ user, searchPath: folders, runtimes: options.runtimes });
  if (!isPossible(findings)) throw new RootlessError(findings);
  mkdirSync(options.execRoot, { recursive: true, mode: 0o711 });
  const ensured = await ensureNamespaces(options, user, folders, findings);
  const { holder, wayOut } = ensured.state;
  const rootless: Rootless = { uid: user.uid, gid: user.gid, holder, wayOut, findings: ensured.findings };
  const program = [process.execPath, ...process.execArgv, '--', ...process.argv.slice(1)];
  if (process.execve === undefined) throw new EngineError('unavailable', 'this Node is too old to enter namespaces');
  return process.execve(options.helper, [options.helper, 'enter', String(holder.pid), ...program], {
    ...process.env,
    PATH: folders.join(':'),
    [variable]: JSON.stringify(rootless),
  });
}

interface Ensured {
  readonly state: State;
  readonly findings: readonly Finding[];
}

/** Finds what an earlier daemon has left, makes what is missing, notes it. */
async function ensureNamespaces(
  options: EnterOptions,
  user: User,
  folders: readonly string[],
  findings: readonly Finding[],
): Promise<Ensured> {
  const { execRoot } = options;
  const known = readState(execRoot);
  const holder =
    known !== undefined && lives(known.holder)
      ? known.holder
      : ((await adoptNamespaces(options)) ?? (await newHolder(options, user, folders, findings)));
  if (known?.follower !== undefined && holder === known.holder && lives(known.follower)) {
    return { state: known, findings };
  }
  const program = findWayOut(folders);
  const state: State = { holder, wayOut: noWayOut };
  await writeState(execRoot, state);
  if (program === undefined || findings.some(({ name, state: is }) => name === 'tun' && is !== 'ok'))
    return { state, findings };
  try {
    const complete = { holder, ...(await startWayOut(program, holder, options)) };
    await writeState(execRoot, complete);
    return { state: complete, findings };
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    const finding: Finding = {
      name: 'way out',
      state: 'warning',
      message: `containers reach nothing outside this machine: ${error.message}`,
    };
    return { state, findings: findings.map((each) => (each.name === 'way out' ? finding : each)) };
  }
}

async function newHolder(
  { helper, execRoot }: EnterOptions,
  user: User,
  folders: readonly string[],
  findings: readonly Finding[],
): Promise<ProcessId> {
  try {
    return await makeHolder({
      helper,
      execRoot,
      user,
      newuidmap: findProgram(folders, 'newuidmap') ?? '',
      newgidmap: findProgram(folders, 'newgidmap') ?? '',
      hideCgroups: !isUnified(),
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const refused = refusedNamespaces(messageOf(error));
    throw new RootlessError(findings.map((each) => (each.name === refused.name ? refused : each)));
  }
}
