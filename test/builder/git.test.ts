// Git repositories as sources and as contexts, friendly and hostile, from a server of plain files and from git's own.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { git } from '../../runtime/src/host/node/git.ts';
import { openCopy } from '../../runtime/src/builder/copy/copy.ts';
import { openRemoteContext } from '../../runtime/src/builder/sources/remote-context.ts';
import { readTar } from '../../runtime/src/spec/tar/reader.ts';
import { requireRoot, skip } from '../helpers/skip.ts';
import { tar } from '../images/tar-members.ts';
import { files, type Lab, never, openLab } from './fixture.ts';
import { operation } from './operation.ts';

const noAgent = () => Promise.resolve(undefined);

describe('builder: git', () => {
  let lab: Lab;
  let server: Server;
  let work: string;
  let base: string;
  let asked: string[];

  const run = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
      cwd: work,
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_COMMITTER_DATE: '@1000000000 +0000' },
    }).trim();

  /** What the server of plain files shows. */
  function publish(): void {
    run('push', '--quiet', '--force', '--all', join(lab.path, 'www/repo.git'));
    run('push', '--quiet', '--force', '--tags', join(lab.path, 'www/repo.git'));
    execFileSync('git', ['update-server-info'], { cwd: join(lab.path, 'www/repo.git') });
  }

  before(async function () {
    requireRoot(this);
    if (!existsSync('/usr/bin/git')) skip(this, 'git is not installed');
    lab = await openLab();
    work = join(lab.path, 'work');
    mkdirSync(work);
    run('init', '--quiet', '.');
    execFileSync('git', ['init', '--quiet', '--bare', '-b', 'main', join(lab.path, 'www/repo.git')]);
    execFileSync(
      'sh',
      [
        '-ec',
        'mkdir -p docs/deep; echo one > README; echo page > docs/page; echo deep > docs/deep/file; ln -s /etc out; ln -s docs way; echo FROM scratch > Dockerfile',
      ],
      { cwd: work },
    );
    writeFileSync(join(work, '.gitattributes'), 'docs/page export-ignore\nREADME filter=evil\n');
    writeFileSync(join(work, 'run'), '#!/bin/sh\n', { mode: 0o777 });
    run('add', '.');
    run('commit', '--quiet', '-m', 'one');
    run('tag', '-a', 'v1', '-m', 'v1');
    run('checkout', '--quiet', '-b', 'other');
    writeFileSync(join(work, 'README'), 'two\n');
    run('commit', '--quiet', '-am', 'two');
    publish();
    server = createServer((request, reply) => {
      const path = normalize(decodeURIComponent((request.url ?? '').replace(/\?.*/, '')));
      asked.push(path);
      const file = join(lab.path, 'www', path);
      if (path === '/away.git/info/refs') reply.writeHead(302, { location: '/repo.git/info/refs' }).end();
      else if (existsSync(file) && !path.endsWith('/')) reply.end(readFileSync(file));
      else reply.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (asked = []));
  after(async () => {
    server?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  const source = (ref = '', folder = '', address = `${base}/repo.git`) => ({
    kind: 'git' as const,
    address,
    ref,
    folder,
  });

  async function added(one: Parameters<typeof operation>[1]): Promise<Record<string, string>> {
    await using copy = await openCopy(operation('/', { text: 'ADD', unpack: undefined, ...one }), {
      host: lab.host,
      source: undefined,
      folder: lab.path,
      signal: never,
      sshAgent: noAgent,
    });
    const found: Record<string, string> = {};
    for await (const member of readTar(copy.layer(undefined))) {
      let text = '';
      for await (const chunk of member.content) text += Buffer.from(chunk).toString();
      if (member.type !== 'directory') found[member.path] = member.type === 'symlink' ? `-> ${member.linkName}` : text;
    }
    return found;
  }

  it('adds the files of a branch, a tag or a commit, all of them and as they are', async () => {
    const all = await added({ sources: [source()] });
    assert.deepEqual(Object.keys(all), [
      '.gitattributes',
      'Dockerfile',
      'README',
      'docs/deep/file',
      'docs/page',
      'out',
      'run',
      'way',
    ]);
    assert.equal(all['README'], 'one\n');
    assert.equal(all['out'], '-> /etc');
    assert.equal((await added({ sources: [source('other')] }))['README'], 'two\n');
    assert.equal((await added({ sources: [source('v1')] }))['README'], 'one\n');
    const commit = run('rev-parse', 'other');
    assert.equal((await added({ sources: [source(commit)] }))['README'], 'two\n');
    assert.equal((await added({ sources: [source(commit.slice(0, 10))] }))['README'], 'two\n');
    assert.deepEqual(
      readdirSync(lab.path).filter((name) => name.startsWith('copy-')),
      [],
    );
  });

  it('adds a folder, but not through a link', async () => {
    assert.deepEqual(await added({ sources: [source('main', 'docs')] }), { 'deep/file': 'deep\n', page: 'page\n' });
    assert.deepEqual(await added({ sources: [source('main', '../docs/deep/')] }), { file: 'deep\n' });
    assert.deepEqual(await added({ sources: [source('', '', `${base}/repo.git?branch=other&subdir=docs/deep`)] }), {
      file: 'deep\n',
    });
    for (const folder of ['out', 'way', 'nope', 'README']) {
      await assert.rejects(added({ sources: [source('', folder)] }), {
        message: `ADD failed: there is no folder "${folder}"`,
      });
    }
  });

  it('holds a commit to its checksum', async () => {
    const commit = run('rev-parse', 'main');
    await added({ sources: [source('main')], checksum: commit });
    await assert.rejects(added({ sources: [source('other')], checksum: commit }), {
      message: `ADD failed: expected the commit ${commit}, and other is ${run('rev-parse', 'other')}`,
    });
  });

  it('says what git says of what is not there, and no password', async () => {
    await assert.rejects(added({ sources: [source('nope')] }), /git: couldn't find remote ref nope|git: .*nope/);
    const secret = base.replace('http://', 'http://user:hunter2@');
    await assert.rejects(added({ sources: [source('', '', `${secret}/none.git`)] }), (error: Error) => {
      assert.match(error.message, /^git: repository 'http:\/\/127\.0\.0\.1:\d+\/none\.git\/?' not found/);
      return true;
    });
  });

  it('speaks four protocols, one with an agent alone, and takes nothing for an option', async () => {
    for (const address of [
      `file://${work}`,
      work,
      `ext::sh -c touch% ${lab.path}/owned`,
      'ssh://-oProxyCommand=touch/x',
      'git@example.com:a/b',
      '--upload-pack=touch',
      'http://a\nb/x.git',
    ]) {
      await assert.rejects(added({ sources: [source('', '', address)] }), { kind: 'invalidParameter' }, address);
    }
    for (const ref of ['--upload-pack=x', '-x', 'a..b', 'a b', '+main:refs/heads/x', 'x:y']) {
      await assert.rejects(added({ sources: [source(ref)] }), { kind: 'invalidParameter' }, ref);
    }
    await assert.rejects(added({ sources: [source('', '', 'http://169.254.169.254/x.git')] }), { kind: 'forbidden' });
    assert.deepEqual(asked, []);
  });

  it('follows no redirect', async () => {
    await assert.rejects(added({ sources: [source('', '', `${base}/away.git`)] }), /git: /);
    assert.ok(!asked.some((path) => path.startsWith('/repo.git')));
  });

  /** A branch whose commit says that the repository at this address is in `mod`. */
  function commitModule(branch: string, address: string): void {
    run('checkout', '--quiet', '-B', branch, 'main');
    writeFileSync(join(work, '.gitmodules'), `[submodule "x"]\n\tpath = mod\n\turl = ${address}\n`);
    run('update-index', '--add', '--cacheinfo', `160000,${run('rev-parse', 'main')},mod`);
    run('add', '.gitmodules');
    run('commit', '--quiet', '-m', 'module');
    publish();
    run('checkout', '--quiet', '--force', 'main');
  }

  it('fetches submodules, of relative addresses too, unless told otherwise', async () => {
    for (const address of ['../repo.git', `${base}/repo.git`]) {
      commitModule('with-module', address);
      const all = await added({ sources: [source('with-module')] });
      assert.equal(all['mod/README'], 'one\n', address);
      assert.equal(all['mod/out'], '-> /etc');
      assert.equal(all['README'], 'one\n');
    }
    const without = await added({ sources: [source('with-module', '', `${base}/repo.git?submodules=0`)] });
    assert.ok('.gitmodules' in without && !('mod/README' in without));
    assert.deepEqual(await added({ sources: [source('with-module', 'mod/docs')] }), {
      'deep/file': 'deep\n',
      page: 'page\n',
    });
  });

  it('refuses submodules of this machine and of places that a repository may not lead to', async () => {
    for (const address of ['file:///etc', '/etc', '../../../../etc', '--upload-pack=touch', 'ext::sh -c touch% x']) {
      commitModule('bad-module', address);
      await assert.rejects(added({ sources: [source('bad-module')] }), (error: Error) => {
        assert.match(error.message, /is no https, http, git or ssh address of a repository|git: /, address);
        return true;
      });
    }
    commitModule('bad-module', 'http://169.254.169.254/x.git');
    await assert.rejects(added({ sources: [source('bad-module')] }), { kind: 'forbidden' });
  });

  it('keeps the repository itself where it is told to, for git to go on with', async () => {
    await using copy = await openCopy(
      operation('/', { text: 'ADD', unpack: undefined, sources: [source('other')], keepGitDir: true }),
      { host: lab.host, source: undefined, folder: lab.path, signal: never, sshAgent: noAgent },
    );
    const out = join(lab.path, 'kept');
    mkdirSync(out);
    const bytes: Uint8Array[] = [];
    for await (const chunk of copy.layer(undefined)) bytes.push(chunk);
    execFileSync('tar', ['x', '-C', out], { input: Buffer.concat(bytes) });
    const ask = (...args: string[]): string =>
      execFileSync('git', ['-C', out, '-c', `safe.directory=${out}`, ...args], { encoding: 'utf8' }).trim();
    assert.equal(ask('rev-parse', 'HEAD'), run('rev-parse', 'other'));
    assert.equal(ask('status', '--porcelain'), '');
    assert.equal(ask('config', 'remote.origin.url'), `${base}/repo.git`);
    assert.equal(ask('fsck', '--strict'), '');
    assert.deepEqual(
      readdirSync(join(out, '.git')).filter((name) => name === 'hooks' || name === 'info'),
      [],
    );
  });

  it('goes over ssh with the keys of an agent alone', async () => {
    await assert.rejects(added({ sources: [source('', '', 'git@example.com:a/b.git')] }), {
      message:
        'ADD failed: "git@example.com:a/b.git" is fetched over ssh, which needs the keys of an agent: build with --ssh default',
    });
    // No server of ssh is here: what git would run on the other side is run on this one, by a program in ssh's place.
    const programs = join(lab.path, 'programs');
    mkdirSync(programs);
    const lines = ['#!/bin/sh', `echo "$SSH_AUTH_SOCK" "$@" >> ${lab.path}/ssh-log`, 'for last; do :; done'];
    writeFileSync(join(programs, 'ssh'), [...lines, 'exec sh -c "$last"', ''].join('\n'), { mode: 0o755 });
    const before = process.env['PATH'];
    process.env['PATH'] = `${programs}:${before}`;
    try {
      const folder = join(lab.path, 'over-ssh');
      const address = `git@127.0.0.1:${lab.path}/www/repo.git`;
      const request = { address, ref: 'other', folder, signal: never, sshAgent: '/run/agent' };
      const { commit, tar: bytes } = await git.fetch(request);
      for await (const _ of bytes);
      assert.equal(commit, run('rev-parse', 'other'));
    } finally {
      process.env['PATH'] = before;
    }
    const log = readFileSync(join(lab.path, 'ssh-log'), 'utf8');
    assert.match(log, /^\/run\/agent -F none /);
    for (const option of ['BatchMode=yes', 'IdentityFile=none', 'ProxyCommand=none', 'ForwardAgent=no']) {
      assert.ok(log.includes(` -o ${option} `), option);
    }
  });

  it('ends when the build is cancelled, with its children', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const leaving = new AbortController();
      const folder = join(lab.path, 'cancelled');
      mkdirSync(folder);
      silent.once('request', () => leaving.abort(new Error('enough')));
      const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/x.git`;
      await assert.rejects(git.fetch({ address, ref: '', folder, signal: leaving.signal }), { message: 'enough' });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('is a context, of a ref and a folder, and so are a tar and a Dockerfile behind an address', async () => {
    mkdirSync(join(lab.path, 'www/plain'));
    writeFileSync(
      join(lab.path, 'www/plain/context.tgz'),
      gzipSync(await tar(...files({ Dockerfile: 'FROM a', x: 'y' }))),
    );
    writeFileSync(join(lab.path, 'www/plain/Dockerfile'), 'FROM b');
    const deps = { host: lab.host, kernel: lab.kernel, folder: join(lab.path, 'contexts') };
    const cases: readonly (readonly [string, string, string | undefined])[] = [
      ['/repo.git', 'Dockerfile', 'FROM scratch\n'],
      ['/repo.git#other', 'README', 'two\n'],
      ['/repo.git#:docs', 'page', 'page\n'],
      ['/repo.git#main:docs', 'Dockerfile', undefined],
      ['/plain/context.tgz', 'x', 'y'],
      ['/plain/Dockerfile', 'Dockerfile', 'FROM b'],
    ];
    for (const [path, name, text] of cases) {
      await using context = await openRemoteContext(deps, `${base}${path}`, {
        id: 'x',
        dockerfile: 'Dockerfile',
        signal: never,
      });
      assert.equal(await context.readText(name), text, path);
    }
    await assert.rejects(
      openRemoteContext(deps, `${base}/repo.git#main:none`, { id: 'x', dockerfile: 'Dockerfile', signal: never }),
      { message: 'there is no folder "none"' },
    );
    assert.deepEqual(readdirSync(deps.folder), []);
  });

  it('fetches one commit without history from a server that can', async () => {
    const port = 20_000 + (process.pid % 20_000);
    const daemon = spawn(
      'git',
      [
        'daemon',
        '--reuseaddr',
        '--listen=127.0.0.1',
        `--port=${port}`,
        '--export-all',
        `--base-path=${lab.path}/www`,
        '--verbose',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      await new Promise<void>((resolve) => daemon.stderr.once('data', () => resolve()));
      const folder = join(lab.path, 'shallow');
      mkdirSync(folder);
      const address = `git://127.0.0.1:${port}/repo.git`;
      const { commit, tar: bytes } = await git.fetch({ address, ref: 'other', folder, signal: never });
      assert.equal(commit, run('rev-parse', 'other'));
      for await (const _ of bytes);
      assert.equal(readFileSync(join(folder, 'shallow'), 'utf8').trim(), commit);
    } finally {
      daemon.kill();
    }
  });
});
