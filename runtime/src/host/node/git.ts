// The git program, kept on a short leash: it talks to servers only, by three protocols, reads no configuration but what is said here,
// asks nobody for a password, and never makes a working tree, in which links, hooks, filters and submodules could do their work.

import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { EngineError } from '../../spec/errors.ts';
import { noXattrs } from '../../spec/tar/header.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import type { GitRequest, GitSubmodule, GitTransport, GitTree } from '../host.ts';

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
const passed = [
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
    checkAddress(request);
    checkRef(request.ref);
    const { folder } = request;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await run(request, ['init', '--quiet', '--bare', '--template=', folder]);
    await mkdir(`${folder}/info`, { recursive: true });
    // Above what the repository says: the whole tree, as it is.
    await writeFile(`${folder}/info/attributes`, '* -export-ignore -export-subst\n');
    const commit = await fetchCommit(request);
    return {
      commit,
      tar: output(request, ['archive', '--format=tar', commit]),
      submodules: await submodulesOf(request, commit),
      gitFolder: () => gitFolder(request, commit),
    } satisfies GitTree;
  },
};

/** `user@host:path`, as ssh writes it. */
const scpAddress = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^-\s][^\s]*$/;

function checkAddress({ address, sshAgent }: GitRequest): void {
  const isPlain = !/[\s\p{Cc}]/u.test(address) && URL.canParse(address);
  const { protocol = '', hostname = '-', username = '' } = isPlain ? new URL(address) : {};
  const isSsh = scpAddress.test(address) || protocol === 'ssh:';
  if (isSsh && sshAgent === undefined) {
    const words = `${JSON.stringify(address)} is fetched over ssh, which needs the keys of an agent: build with --ssh default`;
    throw new EngineError('invalidParameter', words);
  }
  if (scpAddress.test(address)) return;
  const isKnown = ['http:', 'https:', 'git:', 'ssh:'].includes(protocol);
  if (isKnown && hostname !== '' && !hostname.startsWith('-') && !username.startsWith('-')) return;
  throw new EngineError(
    'invalidParameter',
    `${JSON.stringify(address)} is no https, http, git or ssh address of a repository`,
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

/** Few commits name as many; each is a fetch. */
const mostSubmodules = 100;

async function submodulesOf(request: GitRequest, commit: string): Promise<readonly GitSubmodule[]> {
  const listed = await run(request, ['ls-tree', '-z', commit, '--', '.gitmodules']);
  // A link or a folder of that name is none.
  if (!/^100(?:644|755) blob /.test(listed)) return [];
  const text = await run(request, ['config', '--blob', `${commit}:.gitmodules`, '--null', '--list']);
  const found = new Map<string, { path?: string; url?: string }>();
  for (const entry of text.split('\0')) {
    const [, name, key, value] = /^submodule\.(.+)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || value === undefined) continue;
    found.set(name, { ...found.get(name), [key === 'path' ? 'path' : 'url']: value });
  }
  if (found.size > mostSubmodules) throw new EngineError('invalidParameter', `more than ${mostSubmodules} submodules`);
  const modules: GitSubmodule[] = [];
  for (const { path = '', url: address = '' } of found.values()) {
    if (path === '' || address === '') continue;
    const tree = await run(request, ['ls-tree', '-z', commit, '--', path.replace(/\/+$/, '')]);
    const id = /^160000 commit ([0-9a-f]{40,64})\t/.exec(tree)?.[1];
    if (id !== undefined) modules.push({ path, address, commit: id });
  }
  return modules;
}

/** What git itself needs of a repository; nothing that says what is run. */
const kept = /^(?:HEAD|index|packed-refs|shallow|(?:objects|refs)\/.*)$/;

async function* gitFolder(request: GitRequest, commit: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { folder, address } = request;
  await run(request, ['update-ref', '--no-deref', 'HEAD', commit]);
  await run(request, ['update-ref', '-d', 'refs/coracle/target']);
  await run(request, ['read-tree', commit]);
  const seconds = (await run(request, ['show', '--no-patch', '--format=%ct', commit])).trim();
  const mtimeNs = BigInt(/^\d{1,12}$/.test(seconds) ? seconds : 0) * 1_000_000_000n;
  const format = (await run(request, ['rev-parse', '--show-object-format'])).trim();
  const extension = format === 'sha1' ? '' : `[extensions]\n\tobjectformat = ${format}\n`;
  const version = format === 'sha1' ? 0 : 1;
  const remote = `[remote "origin"]\n\turl = ${JSON.stringify(withoutPassword(address))}\n`;
  const core = `[core]\n\trepositoryformatversion = ${version}\n\tfilemode = true\n\tbare = false\n`;
  const config = Buffer.from(`${core}${extension}${remote}`);
  const plain = { uid: 0, gid: 0, mtimeNs, linkName: '', deviceMajor: 0, deviceMinor: 0, xattrs: noXattrs };
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => kept.test(path))
    .toSorted();
  yield* writeTar([
    { path: 'config', type: 'file', mode: 0o644, ...plain, size: config.length, content: Readable.from([config]) },
    // Git takes a folder without these for none of its own.
    ...['objects', 'refs'].map((path) => ({ path, type: 'directory' as const, mode: 0o755, ...plain, size: 0 })),
    ...paths.map((path) => {
      const file = join(folder, path);
      const content = { [Symbol.asyncIterator]: () => createReadStream(file)[Symbol.asyncIterator]() };
      return { path, type: 'file' as const, mode: 0o644, ...plain, size: statSync(file).size, content };
    }),
  ]);
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
  const allowed = request.sshAgent === undefined ? [] : ['protocol.ssh.allow=always'];
  const options = [...settings, ...allowed].flatMap((setting) => ['-c', setting]);
  const child = spawn('git', [...options, ...args], {
    cwd: folder,
    env: environment(request),
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

function environment({ folder, sshAgent }: GitRequest): NodeJS.ProcessEnv {
  const own = Object.fromEntries(passed.map((name) => [name, process.env[name]]));
  return {
    ...own,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    LC_ALL: 'C',
    GIT_DIR: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: sshAgent === undefined ? 'http:https:git' : 'http:https:git:ssh',
    ...(sshAgent === undefined ? {} : { SSH_AUTH_SOCK: sshAgent, GIT_SSH_COMMAND: sshCommand(folder) }),
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
  };
}

/**
 * ssh with the agent's keys alone, no configuration and nobody to ask. A host that the machine knows has to be the one it knows; another
 * one is taken as it shows itself first, as BuildKit does.
 */
function sshCommand(folder: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const options = [
    'BatchMode=yes',
    'ControlPath=none',
    'ForwardAgent=no',
    'IdentityFile=none',
    'PasswordAuthentication=no',
    'PermitLocalCommand=no',
    'ProxyCommand=none',
    'ConnectTimeout=60',
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile="${folder}/known_hosts"`,
  ];
  return ['ssh', '-F', 'none', ...options.flatMap((option) => ['-o', quoted(option)])].join(' ');
}

function notStarted(error: unknown): EngineError {
  const message = 'git is not installed on this machine, and a Git repository cannot be fetched without it';
  return new EngineError('notImplemented', message, { cause: error });
}

/** Git's own reason, without the password that an address may hold. */
function reasonIn(text: string, address: string): string {
  const line = text.split('\n').find((one) => /^(?:fatal|error): /.test(one)) ?? text.split('\n')[0] ?? '';
  return line
    .replace(/^(?:fatal|error): /, '')
    .replaceAll(address, withoutPassword(address))
    .replaceAll(/\/\/[^/@\s]*@/g, '//')
    .slice(0, 500);
}

function withoutPassword(address: string): string {
  if (scpAddress.test(address)) return address;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
