import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { StagingPlaces } from '../../runtime/src/images/store/staging-places.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

describe('staging places', () => {
  it('are folders in regions of their own, given in turn, and nothing else is left of looking for them', async () => {
    await using folder = await makeTempFolder();
    const host = createNodeHost();
    const places = new StagingPlaces(host.files, (size) => host.random(size), folder.path);
    const first = await places.next();
    const there = readdirSync(folder.path).map((name) => join(folder.path, name));
    const given = [first];
    for (const _ of there) given.push(await places.next());
    assert.deepEqual(given.slice(0, there.length).toSorted(), there.toSorted());
    assert.equal(given.at(-1), first);
    const regions = there.map((path) => Math.floor(lstatSync(path).ino / 131_072));
    assert.equal(new Set(regions).size, there.length);
  });

  it('are looked for again after a failure', async () => {
    await using folder = await makeTempFolder();
    const host = createNodeHost();
    const late = join(folder.path, 'file/below');
    await host.files.write(join(folder.path, 'file'), '');
    const places = new StagingPlaces(host.files, (size) => host.random(size), late);
    await assert.rejects(places.next());
    await host.files.remove(join(folder.path, 'file'));
    assert.ok((await places.next()).startsWith(`${late}/`));
  });
});
