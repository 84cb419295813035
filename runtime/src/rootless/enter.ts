// The step before the daemon of an ordinary user: looks at the host, finds or makes the namespaces and the way out, and
// becomes the same program once more, as root in there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../host/node/make-folder.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import type { Finding } from '../spec/engine/system.ts';
import type { ProcessId, Rootless, WayOut } from '../spec/rootless.ts';
import { isUnified, joinGroup, takeGroup } from './delegation.ts';
import { enteredVariable, RootlessError } from './entered.ts';
import { adoptNamespaces, countBeside, makeHolder } from './holder.ts';
import { containersBeside, isPossible, preflight, refusedIds, refusedNamespaces, type Host } from './preflight.ts';
import { findProgram, searchPath } from './programs.ts';
import { lives, readState, removeState, writeState, type State } from './state.ts';
import { presentUser } from './subids.ts';
import { findWayOut, noWayOut, startWayOut, type Started } from './way-out.ts';

export interface EnterOptions {
  readonly execRoot: string;
  /** Path of the native program. */
  readonly helper: string;
  /** Paths of OCI runtimes that the settings name. */
  readonly runtimes: readonly string[];
}

/**
 * Becomes this program again inside the namespaces; returns only by failing.
 * @throws RootlessError when the host does not allow it
 */
export async function enterNamespaces(options: EnterOptions): Promise<never> {
  const host = lookAtHost(options);
  const { user, searchPath: folders } = host;
  const findings = preflight(host);
  if (!isPossible(findings)) throw new RootlessError(findings);
  makeFolder(options.execRoot, 0o711);
  const known = readState(options.execRoot);
  const { holder, refusal } = await ensureHolder(known, options, host, findings);
  const beside = countBeside(options.execRoot, holder);
  const all = beside === 0 ? findings : [...findings, containersBeside(beside, refusal)];
  const out = await ensureWayOut(known, holder, options, host, all);
  const rootless: Rootless = { uid: user.uid, gid: user.gid, holder, wayOut: out.wayOut, findings: out.findings };
  const program = [process.execPath, ...process.execArgv, '--', ...process.argv.slice(1)];
  if (process.execve === undefined) throw new EngineError('unavailable', 'this Node is too old to enter namespaces');
  return process.execve(options.helper, [options.helper, 'enter', String(holder.pid), ...program], {
    ...process.env,
    PATH: folders.join(':'),
    [enteredVariable]: JSON.stringify(rootless),
  });
}

/** What the host allows, tried as far as that leaves nothing behind. */
export async function examineHost(options: EnterOptions): Promise<readonly Finding[]> {
  const host = lookAtHost(options);
  const findings = preflight(host);
  if (host.user.uid === 0 || !isPossible(findings)) return findings;
  const folder = mkdtempSync(join(tmpdir(), 'coracle-'));
  const trial = { ...options, execRoot: folder };
  try {
    const holder = await newHolder(trial, host, findings, () => Promise.resolve());
    try {
      return (await newWayOut(holder, trial, host, findings)).findings;
    } finally {
      process.kill(holder.pid);
    }
  } catch (error) {
    if (error instanceof RootlessError) return error.findings;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs a program as root of the engine's user namespace, in its mount namespace; in ones of its own while there is no engine.
 * @returns its exit status
 */
export async function runInside(options: EnterOptions, argv: readonly string[]): Promise<number> {
  const host = lookAtHost(options);
  const known = readState(options.execRoot);
  const isThere = known !== undefined && lives(known.holder);
  const holder = isThere ? known.holder : await newHolder(options, host, preflight(host), () => Promise.resolve());
  try {
    const child = spawn(options.helper, ['enter', String(holder.pid), ...argv], { stdio: 'inherit' });
    // They are for the program, which is of our terminal's foreground as well.
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => undefined);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    if (!isThere) process.kill(holder.pid);
  }
}

/** Ends the namespaces when nobody needs them any more; their way out goes with them. */
export function leaveNamespaces({ holder }: Rootless, execRoot: string): void {
  if (!lives(holder)) return;
  removeState(execRoot);
  process.kill(holder.pid);
}

function lookAtHost({ runtimes }: EnterOptions): Host {
  return { user: presentUser(), searchPath: searchPath(process.env['PATH']), runtimes };
}

/** The holder of an earlier daemon, one for the namespaces of containers that outlived theirs, or a new one: then with the reason
 * when such containers are left beside it. */
async function ensureHolder(
  known: State | undefined,
  options: EnterOptions,
  host: Host,
  findings: readonly Finding[],
): Promise<{ readonly holder: ProcessId; readonly refusal?: string }> {
  const note = (holder: ProcessId): Promise<void> => writeState(options.execRoot, { holder, wayOut: noWayOut });
  const isThere = known !== undefined && lives(known.holder);
  const { holder: found, refusal } = isThere ? { holder: known.holder } : await adoptNamespaces({ ...options, note });
  if (found !== undefined) {
    await joinGroup(found, host.searchPath);
    return { holder: found };
  }
  await takeGroup(host.searchPath);
  const holder = await newHolder(options, host, findings, note);
  return refusal === undefined ? { holder } : { holder, refusal };
}

async function newHolder(
  { helper, execRoot }: EnterOptions,
  { user, searchPath: folders }: Host,
  findings: readonly Finding[],
  note: (holder: ProcessId) => Promise<void>,
): Promise<ProcessId> {
  try {
    return await makeHolder({
      helper,
      execRoot,
      note,
      user,
      newuidmap: findProgram(folders, 'newuidmap') ?? '',
      newgidmap: findProgram(folders, 'newgidmap') ?? '',
      hideCgroups: !isUnified(),
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new RootlessError(
      replace(findings, error.kind === 'forbidden' ? refusedIds(error.message) : refusedNamespaces(error.message)),
    );
  }
}

interface Out {
  readonly wayOut: WayOut;
  readonly findings: readonly Finding[];
}

/** What an earlier daemon started for the same holder, or a new one. */
async function ensureWayOut(
  known: State | undefined,
  holder: ProcessId,
  options: EnterOptions,
  host: Host,
  findings: readonly Finding[],
): Promise<Out> {
  if (known?.follower !== undefined && holder.pid === known.holder.pid && lives(known.follower)) {
    return { wayOut: known.wayOut, findings };
  }
  const { started, ...out } = await newWayOut(holder, options, host, findings);
  if (started !== undefined) await writeState(options.execRoot, { holder, ...started });
  return out;
}

async function newWayOut(
  holder: ProcessId,
  options: EnterOptions,
  { searchPath: folders }: Host,
  findings: readonly Finding[],
): Promise<Out & { readonly started?: Started }> {
  const program = findWayOut(folders);
  const isOpen = findings.every(({ name, state }) => name !== 'tun' || state === 'ok');
  if (program === undefined || !isOpen) return { wayOut: noWayOut, findings };
  try {
    const started = await startWayOut(program, holder, options);
    return { wayOut: started.wayOut, findings, started };
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    const message = `containers reach nothing outside this machine: ${error.message}`;
    return { wayOut: noWayOut, findings: replace(findings, { name: 'way out', state: 'warning', message }) };
  }
}

/** The findings with one of them, by its name, seen better. */
function replace(findings: readonly Finding[], better: Finding): readonly Finding[] {
  return findings.map((each) => (each.name === better.name ? better : each));
}
