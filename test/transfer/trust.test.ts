// `coracle copy --trust-policy`: what a policy admits of registries, layouts, archives and standard input, by the command line.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coracleCli } from '../helpers/clients.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { requireProgram, type Served, serve } from '../registry-server/program.ts';
import { type Descriptor, LayoutWriter } from './lab.ts';

const accept = { type: 'insecureAcceptAnything' };
const reject = { type: 'reject' };
const env = { COSIGN_PASSWORD: 'open sesame' };

describe('transfer: by a trust policy', function () {
  this.timeout(120_000);
  const coracle = coracleCli('unix:///nowhere');
  let folder: TempFolder;
  let served: Served;
  let index: Descriptor;
  let one: Descriptor;
  const at = (name: string) => join(folder.path, name);
  const named = (name: string) => `${served.address}/${name}`;
  const signed = (more: object = {}) => ({ type: 'sigstoreSigned', keyPath: at('ours.pub'), ...more });

  before(async function () {
    requireProgram(this);
    folder = await makeTempFolder();
    const writer = new LayoutWriter(at('from'));
    index = await writer.index(['amd64', 'arm64']);
    await writer.name(index, 'all');
    const { manifests } = JSON.parse(
      await readFile(join(writer.path, 'blobs', index.digest.replace(':', '/')), 'utf8'),
    ) as { readonly manifests: readonly Descriptor[] };
    [one = index] = manifests;
    for (const key of ['ours', 'theirs']) await succeed('sign', '--generate-key', at(key));
  });
  after(() => folder?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    served = await serve();
    await succeed('copy', `oci:${at('from')}:all`, named('a/b:1'));
  });
  afterEach(() => served?.[Symbol.asyncDispose]());

  async function succeed(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await coracle(args, { env });
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }

  async function policy(rules: object): Promise<string> {
    await writeFile(at('policy.json'), JSON.stringify(rules));
    return at('policy.json');
  }

  let count = 0;
  /** Copies into a layout that is not there. @returns the digest, or what was refused */
  async function admitted(from: string, ...flags: readonly string[]): Promise<string> {
    const to = at(`to-${++count}`);
    const args = ['copy', '--trust-policy', at('policy.json'), ...flags, from, `oci:${to}:x`];
    const { code, stdout, stderr } = await coracle(args);
    if (code === 0) return stdout.trim();
    assert.equal(existsSync(join(to, 'index.json')), false, 'what was refused has a name');
    assert.equal(existsSync(join(to, 'blobs')), false, 'some of what was refused is here');
    return stderr;
  }

  it('copies what is signed by whom it names, and of anything else nothing', async () => {
    const path = await policy({ default: [reject], transports: { docker: { [served.address]: [signed()] } } });
    const rule = `is refused by ${path}, transports.docker["${served.address}"][0] (sigstoreSigned): `;
    assert.ok((await admitted(named('a/b:1'))).includes(`${rule}no signature was found at its registry`));
    await succeed('sign', '--key', at('theirs.key'), named('a/b:1'));
    assert.match(await admitted(named('a/b:1')), /is by another key/);
    await succeed('sign', '--key', at('ours.key'), named('a/b:1'));
    assert.equal(await admitted(named('a/b:1')), index.digest);
    assert.equal(await admitted(named('a/b:1'), '--platform', 'linux/amd64'), one.digest);
    await succeed('copy', named('a/b:1'), named('c/d:1'));
    assert.match(await admitted(named('c/d:1')), /no signature was found/);
    const tags = ['copy', '--all-tags', '--trust-policy', path, named('c/d'), `oci:${at('tags')}`];
    const { code, stdout, stderr } = await coracle(tags);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /no signature was found/);
  });

  it('takes an image that is signed out of an index that is not, but not the index', async () => {
    const requirement = signed({ signedIdentity: { type: 'matchRepository' } });
    await policy({ default: [reject], transports: { docker: { '': [requirement] } } });
    await succeed('sign', '--key', at('ours.key'), named(`a/b@${one.digest}`));
    assert.equal(await admitted(named('a/b:1'), '--platform', 'linux/amd64'), one.digest);
    assert.match(await admitted(named('a/b:1')), /no signature was found/);
    assert.match(await admitted(named('a/b:1'), '--platform', 'linux/arm64'), /no signature was found/);
    const both = ['--platform', 'linux/arm64', '--platform', 'linux/amd64'];
    assert.match(await admitted(named('a/b:1'), ...both), /no signature was found/);
  });

  it('judges what is in no registry by where it is', async () => {
    await succeed('copy', named('a/b:1'), `oci-archive:${at('x.tar')}:x`);
    await succeed('copy', named('a/b:1'), `docker-archive:${at('d.tar')}:x:1`);
    await symlink(at('from'), at('link'));
    const from = [`oci:${at('from')}:all`, `oci:${at('link')}:all`, `oci-archive:${at('x.tar')}`];
    const docker = `docker-archive:${at('d.tar')}`;
    await policy({
      default: [accept],
      transports: { oci: { [at('from')]: [reject] }, 'oci-archive': { '': [reject] } },
    });
    for (const each of from) assert.match(await admitted(each), /is refused by .*policy\.json, transports\.oci/);
    assert.match(await admitted(docker), /^sha256:/);
    await policy({
      default: [reject],
      transports: { oci: { [at('from')]: [accept] }, 'oci-archive': { [folder.path]: [accept] } },
    });
    for (const each of from) assert.equal(await admitted(each), index.digest);
    assert.match(await admitted(docker), /is refused by .*policy\.json, default\[0\] \(reject\)/);
    await policy({ default: [signed()] });
    for (const each of [...from, docker]) assert.match(await admitted(each), /an archive holds no signatures/);
    const streamed = ['copy', '--trust-policy', at('policy.json'), '-', `oci:${at('streamed')}:x`];
    const { code, stderr } = await coracle(streamed, { input: await readFile(at('x.tar')) });
    assert.equal(code, 1);
    assert.match(stderr, /an archive holds no signatures/);
  });

  it('asks an engine for nothing of an image that is refused', async () => {
    await policy({ default: [accept], transports: { 'docker-daemon': { 'docker.io/library': [reject] } } });
    assert.match(await admitted('engine:busybox'), /image engine:busybox is refused by .*transports\.docker-daemon/);
    assert.doesNotMatch(await admitted('engine:a/busybox'), /is refused by/);
  });

  it('admits nothing by a policy that is broken, not there, or has an empty name', async () => {
    await writeFile(at('policy.json'), '{');
    assert.match(await admitted(named('a/b:1')), /the trust policy is of no use/);
    for (const name of [at('none.json'), '']) {
      const { code, stderr } = await coracle(['copy', '--trust-policy', name, named('a/b:1'), `oci:${at('no')}:x`]);
      assert.equal(code, 1);
      assert.match(stderr, /the trust policy is of no use/);
    }
    assert.equal(existsSync(at('no')), false);
  });
});
