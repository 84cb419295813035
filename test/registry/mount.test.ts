// An image that a registry has in one repository, pushed to another.

import assert from 'node:assert/strict';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { type Lab, collect, load, openLab, requireImages, texts } from '../images/fixture.ts';
import { requireProgram, serve } from '../registry-server/program.ts';

describe('registry: mounting', function () {
  this.timeout(60_000);
  let lab: Lab;
  before(function () {
    requireImages(this);
  });
  beforeEach(async () => {
    lab = await openLab();
    await load(lab, await busyboxArchive('busybox:test'));
  });
  afterEach(() => lab?.[Symbol.asyncDispose]());

  async function push(name: string): Promise<readonly string[]> {
    await lab.images.tag('busybox:test', { repo: name, tag: '1' });
    return texts(await collect(await lab.images.push({ name, tag: '1' })));
  }

  async function mounts(address: string): Promise<void> {
    const sent = await push(`${address}/team/first`);
    assert.ok(sent.includes('Pushed'));
    const mounted = await push(`${address}/team/second`);
    assert.ok(mounted.includes('Mounted from team/first'), mounted.join('\n'));
    assert.ok(!mounted.includes('Pushed'));
    assert.ok((await push(`${address}/team/second`)).includes('Layer already exists'));
    const digest = (lines: readonly string[]): string | undefined => lines.find((line) => line.startsWith('1: digest'));
    assert.equal(digest(mounted), digest(sent));
    await lab.images.remove(`${address}/team/second:1`, { force: true, noPrune: false });
    await collect(await lab.images.pull({ image: `${address}/team/second`, tag: '1' }));
  }

  it("takes layers from another repository of Debian's registry", async function () {
    requireRegistry(this);
    await using registry = await startRegistry();
    await mounts(registry.address);
  });

  it('takes layers from another repository of ours, and from none of another registry', async function () {
    requireProgram(this);
    await using registry = await serve();
    await using other = await serve();
    await mounts(registry.address);
    assert.ok((await push(`${other.address}/team/third`)).includes('Pushed'));
  });
});
