import assert from 'node:assert/strict';
import { capabilitiesOfMask, grantCapabilities } from '../../runtime/src/runners/linux/capabilities.ts';

const all = capabilitiesOfMask('1ffffffffff');
const grant = (add: string[], drop: string[], privileged = false, held = all) =>
  grantCapabilities({ add, drop, privileged, held });

describe('capabilities', () => {
  it('knows 41 names by their numbers', () => {
    assert.equal(all.length, 41);
    assert.deepEqual(capabilitiesOfMask('2000000001'), ['CAP_CHOWN', 'CAP_AUDIT_READ']);
  });

  it('gives the fourteen of Docker by default', () => {
    const { capabilities } = grant([], []);
    assert.equal(capabilities.length, 14);
    assert.ok(capabilities.includes('CAP_NET_RAW') && !capabilities.includes('CAP_SYS_ADMIN'));
  });

  const cases: readonly [string, string[], string[], (names: readonly string[]) => boolean][] = [
    ['adds with and without CAP_, any case', ['net_admin', 'CAP_SYS_TIME'], [], (names) => names.length === 16],
    ['drops', [], ['MKNOD'], (names) => names.length === 13 && !names.includes('CAP_MKNOD')],
    ['adds all', ['ALL'], [], (names) => names.length === 41],
    ['adds all but one', ['ALL'], ['SYS_ADMIN'], (names) => names.length === 40 && !names.includes('CAP_SYS_ADMIN')],
    ['drops all but what is added', ['CHOWN'], ['ALL'], (names) => names.join() === 'CAP_CHOWN'],
  ];
  for (const [title, add, drop, holds] of cases) {
    it(title, () => assert.ok(holds(grant(add, drop).capabilities)));
  }

  it('gives a privileged container what the engine holds, no more', () => {
    const held = all.filter((name) => name !== 'CAP_SYS_RESOURCE');
    assert.deepEqual(grant([], [], true, held), { capabilities: held, missing: [] });
    const asked = grant(['SYS_RESOURCE'], [], false, held);
    assert.deepEqual(asked.missing, ['CAP_SYS_RESOURCE']);
    assert.equal(asked.capabilities.length, 14);
  });

  it('refuses what does not exist', () => {
    assert.throws(() => grant(['FOO'], []), { message: 'invalid CapAdd: unknown capability: "CAP_FOO"' });
    assert.throws(() => grant([], ['x']), { message: 'invalid CapDrop: unknown capability: "CAP_X"' });
  });
});
