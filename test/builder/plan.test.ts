import assert from 'node:assert/strict';
import { analyse } from '../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../runtime/src/spec/dockerfile/parse.ts';
import type { OciContainerConfig } from '../../runtime/src/spec/oci.ts';
import type { BaseImage, CopyOperation, Operation, Plan, RunOperation } from '../../runtime/src/builder/contract.ts';
import type { PlanOptions } from '../../runtime/src/builder/plan/options.ts';
import { namedContextsOf } from '../../runtime/src/builder/named-contexts.ts';
import { unusedArguments } from '../../runtime/src/builder/plan/scope.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { planBuild } from '../../runtime/src/builder/plan/plan.ts';

const options: PlanOptions = {
  target: '',
  buildArgs: {},
  targetPlatform: 'linux/arm64',
  buildPlatform: 'linux/amd64',
  network: 'default',
  noCache: false,
  noCacheFilter: [],
  namedContexts: new Map(),
  created: '2026-01-01T00:00:00Z',
};

/** Plans against images that all have this configuration; `asked` collects what was asked for. */
async function plan(
  text: string,
  more: Partial<PlanOptions> = {},
  config: OciContainerConfig = { Env: ['PATH=/bin'] },
  asked: string[] = [],
): Promise<Plan> {
  const find = (reference: string, platform: string | undefined): Promise<BaseImage> => {
    asked.push(`${reference} ${platform ?? ''}`);
    const rootfs = { type: 'layers', diff_ids: [] } as const;
    return Promise.resolve({
      reference,
      id: 'sha256:1',
      config: { architecture: '', os: '', config, rootfs },
      layers: [],
    });
  };
  return await planBuild(analyse(parseDockerfile(text)), 'Dockerfile', { ...options, ...more }, find);
}

function found(): Promise<BaseImage> {
  const rootfs = { type: 'layers', diff_ids: [] } as const;
  const config = { architecture: '', os: '', config: {}, rootfs };
  return Promise.resolve({ reference: '', id: 'sha256:1', config, layers: [] });
}

async function kinds(text: string, more: Partial<PlanOptions> = {}): Promise<string[]> {
  return (await plan(text, more)).operations.map(({ index, stage, text: shown }) => `${index} ${stage} ${shown}`);
}

async function run(...args: Parameters<typeof plan>): Promise<RunOperation> {
  const found = (await plan(...args)).operations.findLast(
    (operation): operation is RunOperation => operation.kind === 'run',
  );
  assert.ok(found !== undefined);
  return found;
}

async function copy(...args: Parameters<typeof plan>): Promise<CopyOperation> {
  const found = (await plan(...args)).operations.findLast(
    (operation): operation is CopyOperation => operation.kind === 'copy',
  );
  assert.ok(found !== undefined);
  return found;
}

async function last(...args: Parameters<typeof plan>): Promise<Operation> {
  const { operations, result } = await plan(...args);
  const found = operations[result];
  assert.ok(found !== undefined);
  return found;
}

describe('a plan of a build', () => {
  it('has the stages that the target needs, in the order of the file', async () => {
    const file =
      'FROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM one AS three\nCOPY --from=0 x y\nFROM c\nCOPY --from=three x y\n';
    assert.deepEqual(await kinds(file), [
      '0 0 FROM a AS one',
      '1 0 RUN 1',
      '2 2 FROM one AS three',
      '3 2 COPY --from=0 x y',
      '4 3 FROM c',
      '5 3 COPY --from=three x y',
    ]);
    assert.deepEqual(await kinds(file, { target: 'TWO' }), ['0 1 FROM b AS two', '1 1 RUN 2']);
    assert.deepEqual(await kinds(file, { target: '1' }), ['0 1 FROM b AS two', '1 1 RUN 2']);
    await assert.rejects(
      plan(file, { target: 'thre' }),
      /target stage "thre" could not be found \(did you mean three\?\)/,
    );
  });

  it('asks for each image with its platform, named contexts in their place', async () => {
    const asked: string[] = [];
    await plan(
      'ARG V=3\nFROM --platform=$BUILDPLATFORM a:$V AS x\nFROM b\nCOPY --from=x / /\nCOPY --from=img:1 / /\nRUN --mount=from=ctx,target=/x y',
      { buildArgs: { V: '4' }, namedContexts: namedContextsOf({ namedContexts: { ctx: 'docker-image://other:1' } }) },
      {},
      asked,
    );
    assert.deepEqual([...new Set(asked)].sort(), [
      'a:4 linux/amd64',
      'b linux/arm64',
      'img:1 linux/arm64',
      'other:1 linux/arm64',
    ]);
  });

  it('stands on what FROM names with the values of the build, whatever the defaults name', async () => {
    const file =
      'ARG B=scratch\nFROM a:1 AS one\nENV O=1\nFROM b:1 AS two\nFROM $B AS three\nRUN x\nFROM scratch\nCOPY --from=three x y';
    const bases = async (B: string): Promise<readonly string[]> => kinds(file, { target: 'three', buildArgs: { B } });
    assert.deepEqual(await bases('one'), ['0 0 FROM a:1 AS one', '1 0 ENV O=1', '2 2 FROM $B AS three', '3 2 RUN x']);
    assert.deepEqual(await bases('two'), ['0 1 FROM b:1 AS two', '1 2 FROM $B AS three', '2 2 RUN x']);
    assert.deepEqual((await run(file, { buildArgs: { B: 'one' } })).env, ['PATH=/bin', 'O=1']);
    for (const [B, before] of [
      ['c:1', 'one'],
      ['scratch', 'c:1'],
    ] as const) {
      const { operations } = await plan(file.replace('B=scratch', `B=${before}`), {
        target: 'three',
        buildArgs: { B },
      });
      const [first] = operations;
      assert.ok(first?.kind === 'from');
      const { base } = first;
      assert.equal(base.kind === 'image' ? base.image.reference : base.kind, B);
    }
  });

  it('takes offence at what stands before the first FROM, whatever its value', async () => {
    for (const line of ['EXPOSE 80', 'STOPSIGNAL TERM', 'EXPOSE $P', 'RUN x']) {
      await assert.rejects(plan(`ARG P=80\n${line}\nFROM a`, {}, {}), /before the first FROM/, line);
    }
  });

  it('takes no offence at a default that the build has another value for', async () => {
    const file =
      'ARG P=none\nFROM a AS other\nARG P\nEXPOSE $P\nFROM a\nARG P\nARG S=NOTHING\nEXPOSE $P\nSTOPSIGNAL $S';
    const { operations } = await plan(file, { buildArgs: { P: '80', S: 'TERM' } }, {});
    assert.deepEqual(operations.at(-1)?.config, { ExposedPorts: { '80/tcp': {} }, StopSignal: 'TERM' });
    await assert.rejects(plan(file, { buildArgs: { S: 'TERM' } }), /^EngineError: Dockerfile:8: "none" is no port/);
    await assert.rejects(plan(file, { buildArgs: { P: '80' } }), /^EngineError: Dockerfile:9: "NOTHING" is no signal/);
  });

  it('fills variables in: ENV and ARG as they come, the platform where it is declared', async () => {
    const { env, argv, config } = await run(
      'ARG G=g\nFROM a\nARG G\nARG N\nARG D=d$G\nENV E=$D P=$PATH\nARG TARGETARCH\nENV PATH=/x:$PATH\nRUN echo $E',
    );
    assert.deepEqual(env, ['PATH=/x:/bin', 'G=g', 'D=dg', 'E=dg', 'P=/bin', 'TARGETARCH=arm64']);
    assert.deepEqual(argv, ['/bin/sh', '-c', 'echo $E']);
    assert.deepEqual(config.Env, ['PATH=/x:/bin', 'E=dg', 'P=/bin']);
  });

  it('gives a stage the variables of the one it stands on, and no other', async () => {
    assert.deepEqual((await run('FROM a AS x\nARG A=1\nENV B=2\nFROM x\nRUN y', {}, {})).env, ['A=1', 'B=2']);
    assert.deepEqual((await run('FROM a AS x\nARG A=1\nFROM a\nRUN y', {}, {})).env, []);
  });

  it('shows build arguments in the history of RUN, and proxies nowhere', async () => {
    const operation = await run('FROM a\nARG A=1\nRUN x', { buildArgs: { A: '2', HTTP_PROXY: 'p' } }, {});
    assert.equal(operation.history?.created_by, 'RUN |1 A=2 /bin/sh -c x # buildkit');
    assert.deepEqual(operation.env, ['A=2', 'HTTP_PROXY=p']);
  });

  it('reads heredocs of RUN as scripts, with their own interpreter or the shell', async () => {
    assert.deepEqual((await run('FROM a\nRUN <<EOF\necho $A\nEOF\n')).argv, ['/bin/sh', '-c', 'echo $A\n']);
    const python = await run('FROM a\nRUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF\n');
    assert.deepEqual(python.argv, ['/dev/pipes/EOF']);
    assert.equal(python.script, '#!/usr/bin/python3\nprint(1)\n');
    assert.deepEqual((await run('FROM a\nRUN cat <<-"EOF" > x\n\tb\n\tEOF\n')).argv, [
      '/bin/sh',
      '-c',
      'cat <<-"EOF" > x\nb\nEOF',
    ]);
    assert.deepEqual((await run('FROM a\nSHELL ["/b", "-c"]\nRUN x \\\n  y')).argv, ['/b', '-c', 'x   y']);
    assert.deepEqual((await run('FROM a\nRUN ["x", "$y"]')).argv, ['x', '$y']);
  });

  it('evaluates mounts', async () => {
    const { mounts } = await run(
      'FROM a AS b\nFROM a\nWORKDIR /w\nARG ID=i\nRUN --mount=target=x --mount=type=cache,id=$ID,dst=/c,sharing=locked,uid=5 --mount=type=secret,id=s,env=S --mount=type=secret,target=/t/u,required --mount=type=tmpfs,target=/m,size=2m --mount=type=ssh --mount=from=b,src=/q,target=/q,rw z',
    );
    assert.deepEqual(
      mounts.map((mount) => [mount.type, mount.target]),
      [
        ['bind', '/w/x'],
        ['cache', '/c'],
        ['secret', undefined],
        ['secret', '/t/u'],
        ['tmpfs', '/m'],
        ['ssh', '/run/buildkit/ssh_agent.0'],
        ['bind', '/q'],
      ],
    );
    const [context, cache, , secret, tmpfs, , bind] = mounts;
    assert.ok(
      context?.type === 'bind' && context.from.kind === 'context' && context.source === '/' && !context.writable,
    );
    assert.ok(
      cache?.type === 'cache' &&
        cache.id === 'i' &&
        cache.sharing === 'locked' &&
        cache.uid === 5 &&
        cache.mode === 0o755,
    );
    assert.ok(secret?.type === 'secret' && secret.id === 'u' && secret.required);
    assert.ok(tmpfs?.type === 'tmpfs' && tmpfs.size === 2 << 20);
    assert.ok(bind?.type === 'bind' && bind.from.kind === 'stage' && bind.from.stage === 0 && bind.writable);
  });

  it('evaluates COPY and ADD', async () => {
    const one = await copy('FROM a\nWORKDIR /w\nARG A=x\nCOPY --chown=$A:y --chmod=755 --exclude=*.o --link a$A b d/');
    assert.deepEqual(one.sources, [
      { kind: 'path', path: 'ax' },
      { kind: 'path', path: 'b' },
    ]);
    assert.deepEqual(
      [one.destination, one.intoDirectory, one.chown, one.chmod, one.exclude, one.link, one.unpack],
      ['/w/d', true, 'x:y', '755', ['*.o'], true, false],
    );
    const inline = await copy('FROM a\nENV V=v\nCOPY <<one <<"two" /d/\na $V ${V:+w}\none\nb $V\ntwo\n');
    assert.deepEqual(inline.sources, [
      { kind: 'inline', name: 'one', text: 'a v w\n' },
      { kind: 'inline', name: 'two', text: 'b $V\n' },
    ]);
    const add = await copy('FROM a\nADD --keep-git-dir https://example.com/a.git#v1:sub /x');
    assert.deepEqual(add.sources, [{ kind: 'git', address: 'https://example.com/a.git', ref: 'v1', folder: 'sub' }]);
    assert.equal(add.keepGitDir, true);
    assert.equal(add.unpack, undefined);
    assert.equal((await copy('FROM a\nCOPY a .')).intoDirectory, true);
    assert.equal((await copy('FROM a\nCOPY a b')).intoDirectory, false);
    assert.equal((await copy('FROM a AS q\nFROM a\nCOPY --from=Q a b')).from.kind, 'stage');
  });

  it('takes over the triggers of a base image, and no further', async () => {
    const { operations } = await plan('FROM a AS x\nFROM x', {}, { OnBuild: ['ENV A=b', 'RUN y'] });
    assert.deepEqual(
      operations.map(({ text, source }) => `${source.startLine} ${text}`),
      ['1 FROM a AS x', '1 ENV A=b', '1 RUN y', '2 FROM x'],
    );
    assert.equal(operations.at(-1)?.config.OnBuild, undefined);
  });

  it('does the triggers of a stage in the stage on it, once', async () => {
    const { operations } = await plan('FROM a AS x\nONBUILD ENV A=b\nFROM x AS y\nFROM y');
    assert.deepEqual(
      operations.map(({ text, source }) => `${source.startLine} ${text}`),
      ['1 FROM a AS x', '2 ONBUILD ENV A=b', '3 FROM x AS y', '3 ENV A=b', '4 FROM y'],
    );
    assert.deepEqual(operations[1]?.config.OnBuild, ['ENV A=b']);
    assert.equal(operations.at(-1)?.config.OnBuild, undefined);
  });

  it('builds the stages that only triggers copy from', async () => {
    const text = 'FROM a AS tools\nFROM a AS x\nONBUILD COPY --from=tools /t /t\nFROM x';
    const { operations } = await plan(text);
    const copy = operations.at(-1);
    assert.equal(operations[0]?.text, 'FROM a AS tools');
    assert.deepEqual(copy?.kind === 'copy' ? copy.from : undefined, { kind: 'stage', stage: 0, last: 0 });
  });

  it('knows the arguments that only triggers declare', async () => {
    const { triggerArguments } = await plan('FROM a', {}, { OnBuild: ['ARG V=1', 'RUN echo $V'] });
    const model = analyse(parseDockerfile('FROM a\nARG W'));
    assert.deepEqual(unusedArguments(model, { V: '2', W: '3', X: '4' }, triggerArguments), ['X']);
  });

  it('says with its lines why an image could not be had, and which stage may be meant', async () => {
    const find = () => Promise.reject(new EngineError('notFound', 'manifest unknown'));
    const text = 'FROM a AS tools\nFROM a\nCOPY --from=tool \\\n  / /';
    await assert.rejects(
      planBuild(analyse(parseDockerfile(text)), 'D', options, (name) => (name === 'a' ? found() : find())),
      {
        kind: 'notFound',
        message: [
          'manifest unknown (is the stage tools meant?)',
          'D:3',
          '-'.repeat(20),
          '1 |     FROM a AS tools',
          '2 |     FROM a',
          '3 | >>> COPY --from=tool \\',
          '4 | >>>   / /',
          '-'.repeat(20),
        ].join('\n'),
      },
    );
  });

  it('refuses what a variable in a mount stands for and is no number, with its line', async () => {
    await assert.rejects(plan('FROM a\nRUN --mount=type=cache,target=/c,uid=$U true'), {
      message: /^Dockerfile:2: uid="" of --mount is no number\n/,
    });
  });

  it('leaves the cache out where it is told to', async () => {
    const uses = async (more: Partial<PlanOptions>) =>
      (await plan('FROM a AS x\nFROM x AS y', more)).operations.map(({ usesCache }) => usesCache);
    assert.deepEqual(await uses({}), [true, true]);
    assert.deepEqual(await uses({ noCache: true }), [false, false]);
    assert.deepEqual(await uses({ noCacheFilter: ['Y'] }), [true, false]);
  });

  it('makes the folder of WORKDIR, and forgets the command of the base image with ENTRYPOINT', async () => {
    const workdir = await last('FROM a\nWORKDIR /x\nWORKDIR y');
    assert.ok(workdir.kind === 'config' && workdir.makesFolder === '/x/y');
    assert.equal((await last('FROM a\nENTRYPOINT ["e"]', {}, { Cmd: ['c'] })).config.Cmd, undefined);
    assert.deepEqual((await last('FROM a\nCMD ["d"]\nENTRYPOINT ["e"]', {}, { Cmd: ['c'] })).config.Cmd, ['d']);
  });

  it('refuses faults with the lines that they are about', async () => {
    await assert.rejects(
      plan('FROM a\nRNU x\n'),
      /^EngineError: dockerfile parse error on line 2: unknown instruction: RNU\. Is RUN meant\?\nDockerfile:2\n-+\n1 \|     FROM a\n2 \| >>> RNU x/,
    );
    await assert.rejects(plan('FROM a\nARG P\nEXPOSE $P', { buildArgs: { P: 'x' } }), /Dockerfile:3: /);
    await assert.rejects(plan('ARG I\nFROM $I'), /Dockerfile:2: The name of the base image is empty/);
    await assert.rejects(plan('FROM a\n\nRUN a \\\n  b\nUSER ${U:?who}'), /Dockerfile:5: U: who/);
    await assert.rejects(plan('FROM a', {}, { OnBuild: ['USER ${U:?who}'] }), /Dockerfile:1: ONBUILD USER/);
  });
});
