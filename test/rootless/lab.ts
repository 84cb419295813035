// An engine of the test's ordinary user, and short ways to its containers.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { nodeBinary, root } from '../helpers/paths.ts';
import { run, type Finished } from '../helpers/run.ts';
import { startDaemon, type DaemonOptions, type TempDaemon } from '../helpers/temp-daemon.ts';
import { testUser } from '../helpers/test-user.ts';

export const image = 'rootless:1';

/** The host's programs and what they load, in a container. */
export const hostPrograms = ['/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro'];

export interface UserEngine extends AsyncDisposable {
  readonly daemon: TempDaemon;
  readonly docker: Docker;
  /** Starts a container of busybox. */
  start(command: readonly string[], more?: Docker.ContainerCreateOptions): Promise<Docker.Container>;
  /** Runs a shell script in a container of its own. @returns what it wrote */
  sh(script: string, more?: Docker.ContainerCreateOptions): Promise<string>;
  /** The pid of the process that keeps its namespaces. */
  holder(): number;
}

export async function startUserEngine(options: DaemonOptions = {}): Promise<UserEngine> {
  const daemon = await startDaemon({ ...options, rootless: true });
  const docker = dockerode(daemon.host);
  const { status, body } = await ask(daemon.socket, '/images/load', {
    method: 'POST',
    body: await busyboxArchive(image),
  });
  assert.equal(status, 200, body);
  const start: UserEngine['start'] = async (command, more = {}) => {
    const container = await docker.createContainer({ Image: image, Cmd: [...command], Tty: true, ...more });
    await container.start();
    return container;
  };
  return {
    daemon,
    docker,
    start,
    async sh(script, more) {
      const container = await start(['sh', '-c', script], more);
      await container.wait();
      const output = (await container.logs({ stdout: true })).toString().replaceAll('\r', '');
      await container.remove();
      return output;
    },
    holder: () => noted(daemon.execRoot),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

function noted(execRoot: string): number {
  const state = JSON.parse(readFileSync(`${execRoot}/rootless.json`, 'utf8')) as { holder: { pid: number } };
  return state.holder.pid;
}

/** Command lines of what the test's user runs, those whose text has `part`. */
export function processesOfUser(part: string): string[] {
  const { uid } = testUser();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isTheirs = new RegExp(`^Uid:\t${uid}\t`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        return isTheirs ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()] : [];
      } catch {
        return []; // It ended meanwhile.
      }
    })
    .filter((line) => line.includes(part));
}

/** Our command line as the test's user, with an engine of theirs or none. */
export async function cliOfUser(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Finished> {
  const user = testUser();
  const { visible } = user;
  const program = [visible(nodeBinary), visible(`${root}/runtime/dist/coracle.mjs`)];
  return run(program[0] ?? '', [program[1] ?? '', ...args], { as: user, cwd: '/', env: { ...user.env, ...env } });
}

const folders: string[] = [];

/** A fresh folder that everybody may enter; gone when the tests are. */
export function folderForAll(): string {
  const folder = mkdtempSync('/tmp/cor-host-');
  folders.push(folder);
  chmodSync(folder, 0o755);
  return folder;
}

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A PATH with these programs only; folders for the administrator's are always searched. */
export function pathWith(programs: readonly string[]): string {
  const folder = folderForAll();
  for (const name of programs) symlinkSync(`/usr/bin/${name}`, join(folder, name));
  return folder;
}
