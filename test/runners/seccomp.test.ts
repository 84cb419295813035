import assert from 'node:assert/strict';
import { defaultSeccomp, parseSeccomp, type SeccompTarget } from '../../runtime/src/runners/linux/seccomp.ts';
import { defaultRules } from '../../runtime/src/runners/linux/seccomp-default.ts';

const target: SeccompTarget = { arch: 'amd64', kernel: [6, 1], capabilities: ['CAP_CHOWN', 'CAP_SYS_CHROOT'] };
const namesOf = (profile: ReturnType<typeof defaultSeccomp>) => (profile.syscalls ?? []).flatMap((rule) => rule.names);

describe('seccomp', () => {
  it('has the 441 names in 33 rules of the default profile', () => {
    const allowed = defaultRules.flatMap((rule) => (rule.errno === undefined ? rule.names.trim().split(/\s+/) : []));
    assert.equal(defaultRules.length, 33);
    assert.equal(allowed.length, 441);
    assert.equal(defaultRules.find((rule) => rule.errno !== undefined)?.names, 'clone3');
  });

  it('blocks what the kernel surface list names, unless a capability lets it', () => {
    const names = namesOf(defaultSeccomp(target));
    for (const name of ['bpf', 'keyctl', 'mount', 'unshare', 'userfaultfd', 'io_uring_setup', 'open_by_handle_at']) {
      assert.ok(!names.includes(name), name);
    }
    assert.ok(names.includes('chroot') && names.includes('arch_prctl'));
    const admin = namesOf(defaultSeccomp({ ...target, capabilities: ['CAP_SYS_ADMIN'] }));
    assert.ok(admin.includes('mount') && admin.includes('bpf'));
  });

  it('answers clone3 with ENOSYS, refuses namespaces in clone and the socket families 38 and 40', () => {
    const rules = defaultSeccomp(target).syscalls ?? [];
    assert.equal(rules.find((rule) => rule.names.includes('clone3'))?.errnoRet, 38);
    assert.deepEqual(rules.find((rule) => rule.names.join() === 'clone')?.args, [
      { index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' },
    ]);
    const families = rules.filter((rule) => rule.names.join() === 'socket').map((rule) => rule.args?.[0]);
    assert.deepEqual(
      families.map((arg) => [arg?.op, arg?.value]),
      [
        ['SCMP_CMP_LT', 38],
        ['SCMP_CMP_EQ', 39],
        ['SCMP_CMP_GT', 40],
      ],
    );
  });

  it('reads a profile with includes, excludes and archMap', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_ALLOW' },
        { name: 'write', action: 'SCMP_ACT_ERRNO', errnoRet: 5 },
        { names: ['a'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
        { names: ['b'], action: 'SCMP_ACT_ALLOW', excludes: { minKernel: '4.8' } },
        { names: ['c'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm64'] } },
      ],
    };
    const parsed = parseSeccomp(JSON.stringify(profile), target);
    assert.deepEqual(parsed?.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    assert.deepEqual(
      parsed?.syscalls?.map((rule) => rule.names.join()),
      ['read', 'write'],
    );
  });

  it('takes an empty object for no filter', () => assert.equal(parseSeccomp('{}', target), undefined));

  for (const text of ['', '{', '[]', '{"syscalls":5}', '{"syscalls":[{"names":[1]}]}', '{"defaultAction":{}}']) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseSeccomp(text, target), {
        kind: 'invalidParameter',
        message: /^Decoding seccomp profile failed: /,
      });
    });
  }
});
