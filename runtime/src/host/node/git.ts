// The git program, kept on a short leash: it talks to servers only, by three protocols, reads no configuration but what is said here,
// asks nobody for a password, and never makes a working tree, in which links, hooks, filters and submodules could do their work.

import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { EngineError } from '../../spec/errors.ts';
import type { GitRequest, GitTransport, GitTree } from '../host.ts';

const settings = [
  'core.hooksPath=/dev/null',
  'credential.helper=',
  'gc.auto=0',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
  'maintenance.auto=false',
  'protocol.allow=never',
  'protocol.git.allow=always',
  'protocol.http.allow=always',
  'protocol.https.allow=always',
  'submodule.recurse=false',
  'tar.umask=0022',
];

/** What a proxy and certificates of a company need. */
const kept = [
  'PATH',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];
const maximumText = 64 * 1024;

export const git: GitTransport = {
  async fetch(request) {
    checkAddress(request.address);
    checkRef(request.ref);
    const { folder } = request;
    await run(request, ['init', '--quiet', '--bare', '--template=', folder]);
    await mkdir(`${folder}/info`, { recursive: true });
    // Above what the repository says: the whole tree, as it is.
    await writeFile(`${folder}/info/attributes`, '* -export-ignore -export-subst\n');
    const commit = await fetchCommit(request);
    return { commit, tar: output(request, ['archive', '--format=tar', commit]) } satisfies GitTree;
  },
};

function checkAddress(address: string): void {
  const isPlain = !/[\s\p{Cc}]/u.test(address) && URL.canParse(address);
  const { protocol = '', hostname = '-' } = isPlain ? new URL(address) : {};
  if (['http:', 'https:', 'git:'].includes(protocol) && !hostname.startsWith('-') && hostname !== '') return;
  const hint = /^(?:ssh:|[\w-]+@)/.test(address) ? ': over ssh nothing can be fetched here' : '';
  throw new EngineError(
    'invalidParameter',
    `${JSON.stringify(address)} is no https, http or git address of a repository${hint}`,
  );
}

function checkRef(ref: string): void {
  if (ref === '' || (/^[A-Za-z0-9][\w./+@-]{0,255}$/.test(ref) && !ref.includes('..'))) return;
  throw new EngineError('invalidParameter', `${JSON.stringify(ref)} is no name of a branch, a tag or a commit`);
}

async function fetchCommit(request: GitRequest): Promise<string> {
  const { ref } = request;
  const target = 'refs/coracle/target';
  const one = ['--', request.address, `+${ref === '' ? 'HEAD' : ref}:${target}`];
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules'];
  const all = ['--', request.address, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  const isCommit = /^[0-9a-f]{7,64}$/.test(ref);
  // A server of plain files knows no shallow fetch, and not every server gives commits that no name points at.
  const attempts: readonly (readonly [readonly string[], string])[] = [
    [[...fetch, '--depth=1', ...one], target],
    isCommit ? [[...fetch, ...all], ref] : [[...fetch, ...one], target],
  ];
  let failure: unknown;
  for (const [args, name] of attempts) {
    try {
      await run(request, args);
      return (await run(request, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`])).trim();
    } catch (error) {
      request.signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function run(request: GitRequest, args: readonly string[]): Promise<string> {
  let text = '';
  for await (const chunk of output(request, args)) {
    text += Buffer.from(chunk).toString();
    if (text.length > maximumText) break;
  }
  return text;
}

/** What a command writes. @throws EngineError system in git's words when it fails */
async function* output(request: GitRequest, args: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  const { folder, signal } = request;
  signal.throwIfAborted();
  const options = settings.flatMap((setting) => ['-c', setting]);
  const child = spawn('git', [...options, ...args], {
    cwd: folder,
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, since git leaves the network to children.
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  const ended = Promise.withResolvers<number>();
  child.on('error', (error) => ended.reject(error)).on('close', (code) => ended.resolve(code ?? 1));
  ended.promise.catch(() => undefined); // met below, unless the consumer leaves first
  signal.addEventListener('abort', kill);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, maximumText)));
  try {
    yield* child.stdout;
    const code = await ended.promise.catch((error: unknown) => Promise.reject(notStarted(error)));
    signal.throwIfAborted();
    if (code !== 0)
      throw new EngineError('system', `git: ${reasonIn(complaint, request.address) || `ended with code ${code}`}`);
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  const own = Object.fromEntries(kept.map((name) => [name, process.env[name]]));
  return {
    ...own,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    LC_ALL: 'C',
    GIT_DIR: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'http:https:git',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
  };
}

function notStarted(error: unknown): EngineError {
  const message = 'git is not installed on this machine, and a Git repository cannot be fetched without it';
  return new EngineError('notImplemented', message, { cause: error });
}

/** Git's own reason, without the password that an address may hold. */
function reasonIn(text: string, address: string): string {
  const line = text.split('\n').find((one) => /^(?:fatal|error): /.test(one)) ?? text.split('\n')[0] ?? '';
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return line
    .replace(/^(?:fatal|error): /, '')
    .replaceAll(address, url.href)
    .replaceAll(/\/\/[^/@\s]*@/g, '//')
    .slice(0, 500);
}
