// COPY and ADD on real trees: what is made of sources, where it lands, and what of it is the same the second time.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CopyOperation, CopySource, FileSource } from '../../runtime/src/builder/contract.ts';
import { parseChmod } from '../../runtime/src/builder/copy/chmod.ts';
import { type Copy, openCopy } from '../../runtime/src/builder/copy/copy.ts';
import { rootSource } from '../../runtime/src/builder/sources/root-source.ts';
import { unpackLayer } from '../../runtime/src/images/unpack.ts';
import { requireRoot } from '../helpers/skip.ts';
import { entry, tar } from '../images/tar-members.ts';
import { type Change, operation } from './operation.ts';
import { contextOf, files, type Lab, never, openLab } from './fixture.ts';

let lab: Lab;
const sshAgent = () => Promise.resolve(undefined);

const add = (destination: string, change: Change = {}): CopyOperation =>
  operation(destination, { text: 'ADD', unpack: undefined, ...change });

const open = (source: FileSource | undefined, one: CopyOperation, sourceDateEpoch?: number): Promise<Copy> =>
  openCopy(one, { host: lab.host, source, folder: lab.path, signal: never, sourceDateEpoch, sshAgent });

/** Copies onto a root and gives all that is in it: path -> kind, mode, owner, content. */
async function copied(root: string, source: FileSource | undefined, ...operations: readonly CopyOperation[]) {
  for (const one of operations) {
    await using copy = await open(source, one);
    const parts: Uint8Array[] = [];
    {
      await using parent = await lab.kernel.openTree({ root });
      for await (const chunk of copy.layer(parent)) parts.push(Buffer.from(chunk));
    }
    await unpackLayer(lab.kernel, root, asBytes(parts));
  }
  return shown(root);
}

async function* asBytes(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function shown(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(root, name);
      const stat = lstatSync(path);
      const who = stat.uid === 0 && stat.gid === 0 ? '' : ` ${stat.uid}:${stat.gid}`;
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) return [name, `-> ${readlinkSync(path)}${who}`];
      if (stat.isDirectory()) return [`${name}/`, `${mode}${who}`];
      return [name, `${mode}${who} ${stat.isFile() ? readFileSync(path, 'utf8') : 'special'}`];
    }),
  );
}

/** A new root, made by a script. */
function rootOf(script = ''): string {
  const root = mkdtempSync(join(lab.path, 'root-'));
  execFileSync('sh', ['-ec', script], { cwd: root });
  return root;
}

async function layerOf(copy: Copy, root?: string): Promise<string> {
  await using parent = root === undefined ? undefined : await lab.kernel.openTree({ root });
  const hash = createHash('sha256');
  for await (const chunk of copy.layer(parent)) hash.update(chunk);
  return hash.digest('hex');
}

const project = [
  ...files({ 'a.txt': 'a', 'b.txt': 'b', 'src/': '', 'src/main': 'main', 'src/deep/file': 'deep', link: '-> a.txt' }),
  entry('private', { type: 'directory', mode: 0o700 }),
  entry('private/key', { data: 'key', mode: 0o600 }),
];

describe('builder: COPY', () => {
  let context: FileSource;
  before(async function () {
    requireRoot(this);
    lab = await openLab();
    context = await contextOf(lab, project);
  });
  after(async () => {
    await context?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  it('puts a file at its destination, or into a folder there', async () => {
    const root = rootOf('mkdir -m 700 there');
    const one = (destination: string): CopyOperation => operation(destination, { sources: ['a.txt'] });
    assert.deepEqual(await copied(root, context, one('/new'), one('/there'), one('/made/for/'), one('/a/b/c')), {
      'a/': '755',
      'a/b/': '755',
      'a/b/c': '644 a',
      'made/': '755',
      'made/for/': '755',
      'made/for/a.txt': '644 a',
      new: '644 a',
      'there/': '700',
      'there/a.txt': '644 a',
    });
  });

  it("copies a folder's content into a new folder or one that is there, which stays; folders in it become as the source's", async () => {
    const root = rootOf('mkdir -m 750 there; mkdir -m 700 there/deep; echo old > there/main; chmod 640 there/main');
    const all = await copied(
      root,
      context,
      operation('/new', { sources: ['private'] }),
      operation('/slash/', { sources: ['private'] }),
      operation('/there', { sources: ['src'] }),
    );
    assert.deepEqual(all, {
      'new/': '755',
      'new/key': '600 key',
      'slash/': '755',
      'slash/key': '600 key',
      'there/': '750',
      'there/deep/': '755',
      'there/deep/file': '644 deep',
      'there/main': '644 main',
    });
  });

  it('follows links at the destination inside the root, and copies links as links', async () => {
    const root = rootOf('mkdir run var; ln -s /run var/run; ln -s ../../../../run up; ln -s nowhere dangling');
    const all = await copied(
      root,
      context,
      operation('/var/run/', { sources: ['a.txt'] }),
      operation('/up/app', { sources: ['b.txt'] }),
      operation('/dangling', { sources: ['b.txt'] }),
      operation('/links', { sources: ['.'], exclude: ['*', '!link'] }),
    );
    assert.equal(all['run/a.txt'], '644 a');
    assert.equal(all['run/app'], '644 b');
    assert.equal(all['nowhere'], '644 b');
    assert.equal(all['var/run'], '-> /run');
    assert.equal(all['links/link'], '-> a.txt');
  });

  it('takes several sources and patterns', async () => {
    assert.deepEqual(await copied(rootOf(), context, operation('/x/', { sources: ['*.txt', 'src/ma*', 'none*'] })), {
      'x/': '755',
      'x/a.txt': '644 a',
      'x/b.txt': '644 b',
      'x/main': '644 main',
    });
  });

  it('changes owners by id and by the names of the root, and folders that it makes too', async () => {
    const root = rootOf(
      'mkdir etc there; echo app:x:10:20::/:/bin/sh > etc/passwd; echo web:x:30: > etc/group; chown 5:5 there',
    );
    const own = (chown: string, destination: string): CopyOperation =>
      operation(destination, { sources: ['a.txt'], chown });
    const all = await copied(
      root,
      context,
      own('app', '/one/a'),
      own('app:web', '/two/a'),
      own('7', '/there/a'),
      own('7:web', '/b'),
    );
    assert.equal(all['one/'], '755 10:20');
    assert.equal(all['one/a'], '644 10:20 a');
    assert.equal(all['two/a'], '644 10:30 a');
    assert.equal(all['there/'], '755 5:5');
    assert.equal(all['there/a'], '644 7:7 a');
    assert.equal(all['b'], '644 7:30 a');
    await assert.rejects(copied(root, context, own('nobody', '/c')), {
      message:
        "COPY failed: unable to convert uid/gid chown string to host mapping: can't find uid for user nobody: no such user: nobody",
    });
    await assert.rejects(copied(root, context, own('app:nogroup', '/c')), {
      message: /can't find gid for group nogroup/,
    });
  });

  it('changes modes, of folders as well', async () => {
    const all = await copied(
      rootOf(),
      context,
      operation('/octal', { sources: ['src'], chmod: '0750' }),
      operation('/words', { sources: ['src'], chmod: 'u=rwX,go=rX' }),
      operation('/less', { sources: ['src/main'], chmod: 'a-r,u+x' }),
    );
    assert.equal(all['octal/deep/'], '750');
    assert.equal(all['octal/main'], '750 main');
    assert.equal(all['words/deep/'], '755');
    assert.equal(all['words/main'], '644 main');
    assert.equal(all['less'], '300 main');
    await assert.rejects(open(context, operation('/x', { chmod: '888' })), {
      message: /^COPY failed: invalid chmod parameter: "888"/,
    });
  });

  it('keeps the folders of a path with --parents, from the pivot on', async () => {
    const all = await copied(
      rootOf(),
      context,
      operation('/whole', { sources: ['src/deep/file'], parents: true }),
      operation('/pivot', { sources: ['src/./deep/*', './private/./'], parents: true }),
      operation('/glob', { sources: ['**/file'], parents: true }),
    );
    assert.deepEqual(
      Object.keys(all).filter((path) => !path.endsWith('/')),
      ['glob/src/deep/file', 'pivot/deep/file', 'pivot/key', 'whole/src/deep/file'],
    );
  });

  it('leaves out what --exclude names', async () => {
    const all = await copied(rootOf(), context, operation('/x', { exclude: ['*.txt', '**/file', 'link', 'private'] }));
    assert.deepEqual(Object.keys(all), ['x/', 'x/src/', 'x/src/deep/', 'x/src/main']);
  });

  it('does not look at what is there with --link', async () => {
    const root = rootOf('mkdir -m 1777 tmp; mkdir real; ln -s real way');
    const all = await copied(
      root,
      context,
      operation('/tmp/', { sources: ['a.txt'], link: true }),
      operation('/way/a', { sources: ['a.txt'], link: true }),
    );
    assert.equal(all['tmp/'], '1777');
    assert.equal(all['way/a'], '644 a');
    assert.equal(all['real/a'], undefined);
  });

  it('writes heredocs', async () => {
    const inline = (name: string, text: string) => ({ kind: 'inline' as const, name, text });
    const all = await copied(
      rootOf(),
      undefined,
      operation('/one', { sources: [inline('EOF', 'hello\n')] }),
      operation('/two/', { sources: [inline('x.sh', 'run'), inline('empty', '')], chmod: '755' }),
    );
    assert.deepEqual(all, { one: '644 hello\n', 'two/': '755', 'two/empty': '755 ', 'two/x.sh': '755 run' });
  });

  it('says where a file meets a folder, in the words of a build', async () => {
    const root = rootOf('mkdir -p app/main way; touch file; ln -s way app/deep');
    const failing: readonly (readonly [CopyOperation, string])[] = [
      [operation('/app', { sources: ['src'] }), 'COPY failed: cannot copy to non-directory: /app/deep'],
      [operation('/file/', { sources: ['a.txt'] }), 'COPY failed: cannot copy to non-directory: /file'],
      [operation('/file/x', { sources: ['a.txt'] }), 'COPY failed: cannot copy to non-directory: /file'],
      [
        operation('/app', { sources: ['src/mai*', 'a.txt'], intoDirectory: true }),
        'COPY failed: cannot replace to directory /app/main with file',
      ],
      [
        operation('/x', { sources: ['nope'] }),
        'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
      ],
      [
        add('/x', { sources: ['nope'] }),
        'ADD failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
      ],
      [
        operation('/.wh.file', { sources: ['a.txt'] }),
        'COPY failed: /.wh.file: a layer cannot hold a file whose name begins with .wh., which marks what is removed',
      ],
      [operation('/x', { checksum: 'sha256:1' }), 'COPY failed: --checksum is for http, https and git sources only'],
    ];
    for (const [one, message] of failing) await assert.rejects(copied(root, context, one), { message });
  });

  it('gives the same layer for the same input, and no later time than the one that is set', async () => {
    const root = rootOf('mkdir -p app/old; touch -d @1000 app');
    const layers = new Set<string>();
    for (const destination of ['/app/new/x/', '/app/new/x/']) {
      await using copy = await open(context, operation(destination), 500_000_000);
      layers.add(await layerOf(copy, root));
    }
    assert.equal(layers.size, 1);
    await using copy = await open(context, operation('/app/new/'), 500_000_000);
    const times: number[] = [];
    await using parent = await lab.kernel.openTree({ root });
    const target = rootOf();
    await unpackLayer(lab.kernel, target, copy.layer(parent));
    for (const path of ['app', 'app/new', 'app/new/a.txt', 'app/new/src'])
      times.push(lstatSync(join(target, path)).mtimeMs / 1000);
    assert.deepEqual(times, [1000, 500_000_000, 500_000_000, 500_000_000]);
  });
});

describe('builder: what a COPY depends on', () => {
  before(async function () {
    requireRoot(this);
    lab = await openLab();
  });
  after(async () => lab?.[Symbol.asyncDispose]());

  const inputs = async (members: Parameters<typeof contextOf>[1], change: Change = {}) => {
    await using context = await contextOf(lab, members);
    await using copy = await open(context, operation('/x', change));
    return copy.inputs();
  };

  it('is contents, modes and links, and no times', async () => {
    const first = await inputs(project);
    const later = project.map((member) => ({ ...member, mtimeNs: 5n }));
    assert.equal((await inputs(later)).digest, first.digest);
    assert.deepEqual(await (await inputs(later)).files(), await first.files());
    const changes: readonly (readonly [string, Parameters<typeof contextOf>[1]])[] = [
      ['a.txt', [...project, entry('a.txt', { data: 'A' })]],
      ['src/main', [...project, entry('src/main', { data: 'main', mode: 0o755 })]],
      ['link', [...project, entry('link', { type: 'symlink', linkName: 'b.txt' })]],
      ['new', [...project, entry('new', { data: 'new' })]],
      ['private', [...project, entry('private', { type: 'directory', mode: 0o711 })]],
    ];
    for (const [path, members] of changes) {
      const second = await inputs(members);
      assert.notEqual(second.digest, first.digest, path);
      const before = await first.files();
      const different = [...(await second.files())].filter(([name, digest]) => before.get(name) !== digest);
      assert.deepEqual(
        different.map(([name]) => name),
        [path],
      );
    }
  });

  it('is what the operation says, and modes after --chmod', async () => {
    const first = await inputs(project);
    for (const change of [
      { chown: '1' },
      { chmod: '700' },
      { intoDirectory: true },
      { link: true },
      { sources: ['src'] },
    ]) {
      assert.notEqual((await inputs(project, change)).digest, first.digest, JSON.stringify(change));
    }
    const readable = project.map((member) => (member.type === 'file' ? { ...member, mode: 0o444 } : member));
    assert.equal(
      (await inputs(readable, { sources: ['src'], chmod: '755' })).digest,
      (await inputs(project, { sources: ['src'], chmod: '755' })).digest,
    );
    assert.notEqual(
      (await inputs(readable, { exclude: ['src'] })).digest,
      (await inputs(project, { exclude: ['src'] })).digest,
    );
  });

  it('does not mix up where one name ends and the next begins', async () => {
    const one = await inputs(files({ 'a/b': 'c', d: '' }));
    const two = await inputs(files({ 'a/bc': '', d: '' }));
    assert.notEqual(one.digest, two.digest);
  });
});

describe('builder: COPY --from', () => {
  before(async function () {
    requireRoot(this);
    lab = await openLab();
  });
  after(async () => lab?.[Symbol.asyncDispose]());

  it('keeps owners, hard links, attributes and special files of a stage', async () => {
    const stage = rootOf(
      'mkdir -p opt/bin; echo tool > opt/bin/tool; chmod 4755 opt/bin/tool; ln opt/bin/tool opt/bin/same; chown 7:8 opt/bin/tool; chmod 4755 opt/bin/tool; mkfifo opt/pipe',
    );
    await using painting = await lab.kernel.openTree({ root: stage });
    const tool = await painting.stat('/opt/bin/tool');
    assert.ok(tool);
    await painting.put({
      ...tool,
      path: 'opt/red',
      type: 'directory',
      xattrs: new Map([['user.colour', Buffer.from('red')]]),
    });
    await painting.flush();
    await using source = rootSource(await lab.kernel.openTree({ root: stage }), lab.host.codec);
    const root = rootOf();
    const all = await copied(root, source, operation('/usr/local', { sources: ['/opt'] }));
    assert.deepEqual(all, {
      'usr/': '755',
      'usr/local/': '755',
      'usr/local/bin/': '755',
      'usr/local/bin/same': '4755 7:8 tool\n',
      'usr/local/bin/tool': '4755 7:8 tool\n',
      'usr/local/pipe': '644 special',
      'usr/local/red/': '4755 7:8',
    });
    assert.equal(lstatSync(join(root, 'usr/local/bin/tool')).nlink, 2);
    await using target = await lab.kernel.openTree({ root });
    const red = await target.stat('/usr/local/red');
    assert.equal(new TextDecoder().decode(red?.xattrs.get('user.colour')), 'red');
    await assert.rejects(open(source, operation('/x', { sources: ['/nope'] })), {
      message: 'COPY failed: stat nope: file does not exist',
    });
  });

  it('does not follow links out of a stage', async () => {
    const stage = rootOf('ln -s /etc out; ln -s ../../../../../etc/hostname name');
    await using source = rootSource(await lab.kernel.openTree({ root: stage }), lab.host.codec);
    for (const path of ['out/passwd', 'name', 'out']) {
      await assert.rejects(open(source, operation('/x', { sources: [path] })), { kind: 'notFound' });
    }
  });
});

describe('builder: ADD', () => {
  let server: Server;
  let address: string;
  let asked: string[];
  const elsewhere = 'http://169.254.169.254/latest/meta-data';
  before(async function () {
    requireRoot(this);
    lab = await openLab();
    server = createServer((request, reply) => {
      asked.push(request.url ?? '');
      if (request.url === '/a/file.txt?x=1') {
        reply.setHeader('last-modified', 'Sun, 09 Sep 2001 01:46:40 GMT').end('fetched');
      } else if (request.url === '/redirect') reply.writeHead(302, { location: '/a/file.txt?x=1' }).end();
      else if (request.url === '/metadata') reply.writeHead(302, { location: elsewhere }).end();
      else if (request.url === '/local-file') reply.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else if (request.url === '/round') reply.writeHead(302, { location: '/round' }).end();
      else if (request.url === '/x.tgz') void archive().then((bytes) => reply.end(gzipSync(bytes)));
      else reply.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (asked = []));
  after(async () => {
    server?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  const archive = (): Promise<Buffer> =>
    tar(
      entry('./', { type: 'directory', mode: 0o700 }),
      entry('bin/tool', { data: 'tool', mode: 0o755, uid: 3, gid: 4 }),
      entry('lib', { type: 'directory', mode: 0o711 }),
      entry('lib/again', { type: 'hardlink', linkName: 'bin/tool' }),
      entry('dev/null', { type: 'character', deviceMajor: 1, deviceMinor: 3 }),
    );
  const http = (path: string): CopySource => ({ kind: 'http', address: `${address}${path}` });

  it('unpacks local archives, whatever they are called, and COPY does not', async () => {
    const bytes = await archive();
    await using context = await contextOf(lab, [
      { ...entry('packed', { size: bytes.length }), content: asBytes([bytes]) },
      ...files({ 'not.tar.gz': 'only text' }),
    ]);
    const root = rootOf('mkdir -p usr/bin out; ln -s usr/bin out/bin; mkdir -m 750 out/lib; mv usr out; ls out');
    const all = await copied(
      root,
      context,
      add('/out', { sources: ['packed'] }),
      add('/not', { sources: ['not.tar.gz'] }),
    );
    assert.equal(all['out/'], '755');
    assert.equal(all['out/bin'], '-> usr/bin');
    assert.equal(all['out/usr/bin/tool'], '755 3:4 tool');
    assert.equal(all['out/lib/'], '711');
    assert.equal(all['out/lib/again'], '755 3:4 tool');
    assert.ok(lstatSync(join(root, 'out/dev/null')).isCharacterDevice());
    assert.equal(all['not'], '644 only text');
    const whole = await copied(rootOf(), context, add('/x', { sources: ['packed'], unpack: false }));
    assert.deepEqual(Object.keys(whole), ['x']);
    assert.deepEqual(
      readdirSync(lab.path).filter((name) => name.startsWith('copy-')),
      [],
    );
  });

  for (const program of ['xz', 'bzip2']) {
    it(`unpacks archives compressed with ${program}, and copies what is damaged or no archive as it is`, async () => {
      const packed = execFileSync(program, ['-c'], { input: await archive() });
      const text = execFileSync(program, ['-c'], { input: 'text' });
      const member = (path: string, bytes: Uint8Array) => ({
        ...entry(path, { size: bytes.length }),
        content: asBytes([bytes]),
      });
      await using context = await contextOf(lab, [
        member('packed', packed),
        member('text', text),
        member('damaged', packed.subarray(0, 20)),
      ]);
      const all = await copied(
        rootOf(),
        context,
        add('/x/', { sources: ['packed'] }),
        add('/y/', { sources: ['text', 'damaged'] }),
      );
      assert.equal(all['x/bin/tool'], '755 3:4 tool');
      assert.deepEqual(
        Object.keys(all).filter((path) => path.startsWith('y/')),
        ['y/', 'y/damaged', 'y/text'],
      );
    });
  }

  it('refuses hostile archives', async () => {
    for (const [members, message] of [
      [[entry('../../etc/passwd', { data: 'x' })], /outside of "\/"/],
      [files({ a: '-> /etc', 'a/passwd': 'x' }), /lies below "a", which is no folder/],
      [[entry('ok', { data: 'x' }), entry('.wh.etc', { data: '' })], /begins with \.wh\./],
    ] as const) {
      const bytes = await tar(...members);
      await using context = await contextOf(lab, [
        { ...entry('x.tar', { size: bytes.length }), content: asBytes([bytes]) },
      ]);
      await assert.rejects(copied(rootOf(), context, add('/', { sources: ['x.tar'] })), { message });
    }
  });

  it('fetches, with name, time and mode, and follows redirects', async () => {
    const root = rootOf();
    const all = await copied(
      root,
      undefined,
      add('/into/', { sources: [http('/a/file.txt?x=1')] }),
      add('/at', { sources: [http('/redirect')], chmod: '644' }),
    );
    assert.deepEqual(all, { at: '644 fetched', 'into/': '755', 'into/file.txt': '600 fetched' });
    assert.equal(lstatSync(join(root, 'at')).mtimeMs, 1_000_000_000_000);
    assert.deepEqual(asked, ['/a/file.txt?x=1', '/redirect', '/a/file.txt?x=1']);
  });

  it('checks what it fetched', async () => {
    const right = `sha256:${createHash('sha256').update('fetched').digest('hex')}`;
    const source = http('/a/file.txt?x=1');
    await copied(rootOf(), undefined, add('/x', { sources: [source], checksum: right }));
    const wrong = `sha256:${'0'.repeat(64)}`;
    await assert.rejects(open(undefined, add('/x', { sources: [source], checksum: wrong })), {
      message: `ADD failed: digest mismatch ${right}: ${wrong}`,
    });
    await assert.rejects(open(undefined, add('/x', { sources: [source], checksum: 'md5:1' })), {
      message: /is no digest/,
    });
    assert.deepEqual(
      readdirSync(lab.path).filter((name) => name.startsWith('copy-')),
      [],
    );
  });

  it('unpacks what it fetched only where told to', async () => {
    const plain = await copied(rootOf(), undefined, add('/x/', { sources: [http('/x.tgz')] }));
    assert.deepEqual(Object.keys(plain), ['x/', 'x/x.tgz']);
    const unpacked = await copied(rootOf(), undefined, add('/x/', { sources: [http('/x.tgz')], unpack: true }));
    assert.equal(unpacked['x/bin/tool'], '755 3:4 tool');
  });

  it('goes nowhere but over http, and to no place that only this machine reaches', async () => {
    for (const [path, message] of [
      ['/metadata', /169\.254\.169\.254.* is an address of its link-local network/],
      ['/local-file', /unsupported protocol scheme "file"/],
      ['/round', /stopped after 10 redirects/],
      ['/nope', /failed to GET http:\/\/127\.0\.0\.1:\d+\/nope with status 404/],
      ['/', /with status 404/],
    ] as const) {
      await assert.rejects(open(undefined, add('/x', { sources: [http(path)] })), { message });
    }
    await assert.rejects(open(undefined, add('/x', { sources: [{ kind: 'http', address: elsewhere }] })), {
      kind: 'forbidden',
    });
    for (const host of ['[fe80::1]', '[::ffff:169.254.169.254]', '0xa9fea9fe', 'metadata.google.internal']) {
      const source = { kind: 'http' as const, address: `http://${host}/x` };
      await assert.rejects(open(undefined, add('/x', { sources: [source] })), { kind: 'forbidden' }, host);
    }
  });
});

describe('builder: --chmod', () => {
  it('reads what chmod(1) reads', () => {
    for (const [text, file, folder] of [
      ['644', 0o644, 0o644],
      ['04755', 0o4755, 0o4755],
      ['u=rwX,go=rX', 0o644, 0o755],
      ['+x', 0o711, 0o711],
      ['a=r,u+w', 0o644, 0o644],
      ['go-rwx', 0o600, 0o600],
      ['g=u', 0o660, 0o660],
      ['u+s,+t', 0o5600, 0o5600],
      ['u=rw+x', 0o700, 0o700],
    ] as const) {
      const chmod = parseChmod(text);
      assert.equal(chmod.apply(0o600, false), file, text);
      assert.equal(chmod.apply(0o600, true), folder, text);
    }
    assert.equal(parseChmod('u=rwX,go=rX').apply(0o700, true), 0o755);
    assert.equal(parseChmod('u=rwX,go=rX').apply(0o100, false), 0o755);
    for (const text of ['', '8', '77777', 'u', 'u=ug', 'x=r', 'u=rwx,', `${'u+r,'.repeat(100)}u+r`]) {
      assert.throws(() => parseChmod(text), { kind: 'invalidParameter' }, text);
    }
  });
});
