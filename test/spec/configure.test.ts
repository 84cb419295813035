import assert from 'node:assert/strict';
import { configure, InstructionError } from '../../runtime/src/spec/dockerfile/configure.ts';
import { parseDockerfile } from '../../runtime/src/spec/dockerfile/parse.ts';
import type { OciContainerConfig } from '../../runtime/src/spec/oci.ts';

function after(text: string, config: OciContainerConfig = {}, values: Readonly<Record<string, string>> = {}) {
  const [instruction] = parseDockerfile(text).items;
  assert.ok(instruction?.kind === 'instruction');
  assert.deepEqual(instruction.faults, []);
  return configure(config, instruction, (name) => values[name], { hasCmd: false });
}

describe('what instructions make of a configuration', () => {
  it('variables, labels, ports and volumes are added', () => {
    assert.deepEqual(after('ENV A=$B C="d e"', { Env: ['A=0', 'X=1'] }, { B: 'b' }).Env, ['A=b', 'X=1', 'C=d e']);
    assert.deepEqual(after('ENV A b  c').Env, ['A=b  c']);
    assert.deepEqual(after('LABEL a=b c=d', { Labels: { a: '0', z: '1' } }).Labels, { a: 'b', z: '1', c: 'd' });
    assert.deepEqual(after('EXPOSE 80 90-91/UDP $P', {}, { P: '1 2/tcp' }).ExposedPorts, {
      '80/tcp': {},
      '90/udp': {},
      '91/udp': {},
      '1/tcp': {},
      '2/tcp': {},
    });
    assert.deepEqual(after('VOLUME /a $V', {}, { V: '/b' }).Volumes, { '/a': {}, '/b': {} });
    assert.deepEqual(after('VOLUME ["/a b"]').Volumes, { '/a b': {} });
  });

  it('a folder goes on from the one before', () => {
    assert.equal(after('WORKDIR b/../c', { WorkingDir: '/a' }).WorkingDir, '/a/c');
    assert.equal(after('WORKDIR /x/', { WorkingDir: '/a' }).WorkingDir, '/x');
    assert.equal(after('WORKDIR a b').WorkingDir, '/a b');
  });

  it('commands are lists, of the shell where they are in its form', () => {
    assert.deepEqual(after('CMD ["a", "b c"]').Cmd, ['a', 'b c']);
    assert.deepEqual(after('CMD a "b c" \\\n  d').Cmd, ['/bin/sh', '-c', 'a "b c"   d']);
    assert.deepEqual(after('CMD a', { Shell: ['/bin/bash', '-c'] }).Cmd, ['/bin/bash', '-c', 'a']);
    assert.deepEqual(after('SHELL ["/bin/bash", "-c"]').Shell, ['/bin/bash', '-c']);
  });

  it('an entrypoint forgets the command of the base image', () => {
    assert.deepEqual(after('ENTRYPOINT ["x"]', { Cmd: ['y'] }), { Entrypoint: ['x'] });
  });

  it('user, signal, health check and what is kept for later', () => {
    assert.equal(after('USER $U', {}, { U: 'a:b' }).User, 'a:b');
    assert.equal(after('STOPSIGNAL SIGQUIT').StopSignal, 'SIGQUIT');
    assert.deepEqual(after('HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f "x"').Healthcheck, {
      Test: ['CMD-SHELL', 'curl -f "x"'],
      Interval: 90e9,
      Retries: 2,
    });
    assert.deepEqual(after('HEALTHCHECK CMD ["a"]').Healthcheck, { Test: ['CMD', 'a'] });
    assert.deepEqual(after('HEALTHCHECK NONE').Healthcheck, { Test: ['NONE'] });
    assert.deepEqual(after('ONBUILD RUN echo $A', { OnBuild: ['USER x'] }).OnBuild, ['USER x', 'RUN echo $A']);
  });

  it('faults that only values show are told at their place', () => {
    const isAt = (start: number) => (error: unknown) =>
      error instanceof InstructionError && error.fault.span.start === start;
    assert.throws(() => after('EXPOSE 80 $P', {}, { P: 'x' }), isAt(10));
    assert.throws(() => after('STOPSIGNAL $S', {}, { S: 'SIGNOPE' }), isAt(11));
    assert.throws(() => after('USER ${U:?who}'), isAt(5));
    assert.throws(() => after('VOLUME $V'), isAt(7));
  });

  it('leaves what changes files alone', () => {
    const config = { User: 'x' };
    for (const text of ['RUN a', 'COPY a b', 'ADD a b', 'ARG a=b', 'FROM a', 'MAINTAINER a'])
      assert.equal(after(text, config), config);
  });
});
