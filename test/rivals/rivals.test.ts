// The same Dockerfiles by our builder, dockerd's classic one, its BuildKit and buildah: the same files and the same configuration, or
// a difference that the table names and defends.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildClientSuites, requireBuildClients } from '../helpers/build-clients.ts';
import { runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { rivals, startBuilders, type Builders, type Rival } from './builders.ts';
import { leftBehind, type RivalCase } from './case.ts';
import { differences } from './compare.ts';
import { configCases } from './config-cases.ts';
import { copyCases } from './copy-cases.ts';
import type { Image } from './image-tree.ts';
import { runCases } from './run-cases.ts';

const programs = ['/usr/sbin/dockerd', '/usr/bin/buildah'];
const isWanted =
  (row: RivalCase) =>
  (rival: Rival): boolean =>
    row.unknown?.[rival] === undefined;

describe('builders of the same Dockerfile', () => {
  let builders: Builders;
  const since = Math.floor(Date.now() / 1000) - 60;

  before(async function () {
    requireDaemon(this);
    requireBuildClients(this, buildClientSuites[0] ?? '');
    for (const program of programs) if (!existsSync(program)) skip(this, `needs ${program}`);
    builders = await startBuilders();
  });
  after(() => builders?.[Symbol.asyncDispose]());

  describe('configuration', () => configCases.forEach(check));
  describe('COPY and ADD', () => copyCases.forEach(check));
  describe('RUN and stages', () => runCases.forEach(check));

  function check(row: RivalCase): void {
    it(row.title, async () => {
      await using context = await makeTempFolder();
      await fill(context.path, row);
      const args = (row.args ?? []).map((arg) => arg.replaceAll('{}', context.path));
      const wanted = rivals.filter(isWanted(row));
      const [ours, ...theirs] = await Promise.all(
        [builders.ours, ...wanted.map((rival) => builders.rivals[rival])].map((one) => one.build(context.path, args)),
      );
      assert.ok(ours !== undefined);
      if (row.refused !== undefined) {
        const refusal = row.refused;
        for (const answer of [ours, ...theirs]) {
          assert.match(typeof answer === 'string' ? answer : 'it was built', refusal);
        }
        return;
      }
      const mine = built(ours, 'ours');
      assert.equal(mine.historyOfLayers, mine.layers, 'the history tells of other layers');
      const found = Object.fromEntries(
        wanted.map((rival, index) => [
          rival,
          unexpected(row, rival, differences(mine, built(theirs[index] ?? '', rival), since)),
        ]),
      );
      assert.deepEqual(found, Object.fromEntries(wanted.map((rival) => [rival, []])));
    });
  }
});

/** All that the script made gets one time, so that times which a builder gives stand out. */
async function fill(folder: string, { files = '', dockerfile }: RivalCase): Promise<void> {
  await runOk('bash', ['-ec', files], { cwd: folder });
  await writeFile(join(folder, 'Dockerfile'), `${dockerfile}\n`);
  await runOk('find', ['.', '-exec', 'touch', '-h', '-d', '@1000000000', '{}', '+'], { cwd: folder });
}

function built(answer: Image | string, who: string): Image {
  if (typeof answer === 'string') assert.fail(`${who} did not build it: ${answer}`);
  return answer;
}

/** Differences that the table does not name, and those that it names and that are none. */
function unexpected(row: RivalCase, rival: Rival, found: ReturnType<typeof differences>): readonly string[] {
  const patterns = (rows: RivalCase['differs']) =>
    Object.keys(rows?.[rival] ?? {}).map((pattern) => ({ pattern, matches: matcher(pattern) }));
  const [named, varying] = [patterns(row.differs), patterns(row.varies)];
  const wrong = found
    .filter(
      ({ subject }) =>
        !leftBehind[rival].includes(subject) && ![...named, ...varying].some(({ matches }) => matches(subject)),
    )
    .map(({ subject, ours, theirs }) => `${subject}: ${ours} | ${theirs}`);
  const stale = named
    .filter(({ matches }) => !found.some(({ subject }) => matches(subject)))
    .map(({ pattern }) => `${pattern}: does not differ`);
  return [...wrong, ...stale];
}

function matcher(pattern: string): (subject: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('[^ ]*')}$`);
  return (subject) => expression.test(subject);
}
