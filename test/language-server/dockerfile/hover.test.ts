import assert from 'node:assert/strict';
import { dockerfile } from '../../../language-server/src/dockerfile/language.ts';
import { noKnowledge, type ImageFacts } from '../../../language-server/src/knowledge/knowledge.ts';
import type { Context } from '../../../language-server/src/language/context.ts';
import { at, contextWith, hoverText, type At } from './ask.ts';

function signature(where: At): { readonly label: string; readonly parameter: string } | undefined {
  const help = dockerfile.features.signatureHelp?.(where.view, where.offset, contextWith());
  const shown = help?.signatures[help.activeSignature ?? 0];
  if (help === undefined || shown === undefined) return undefined;
  return { label: shown.label, parameter: String(shown.parameters?.[help.activeParameter ?? 0]?.label) };
}

function hints(...lines: string[]): string[] {
  return hintsIn(contextWith(), ...lines);
}

function hintsIn(context: Context, ...lines: string[]): string[] {
  const { view, text } = at(...lines);
  const found = dockerfile.features.inlayHints?.(view, { start: 0, end: text.length }, context) ?? [];
  return found.map(({ label, position }) => `${position.line} ${typeof label === 'string' ? label : ''}`);
}

describe('hover in Dockerfiles', () => {
  it('tells what instructions, flags, mounts and directives do', () => {
    assert.match(hoverText(at('FR|OM a')) ?? '', /^\*\*FROM\*\* begins a stage/);
    assert.match(hoverText(at('FROM a', 'COPY --li|nk a b')) ?? '', /\*\*--link\*\* \(docker\/dockerfile:1\.4/);
    assert.match(hoverText(at('FROM a', 'RUN --mount=type=ca|che,target=/x y')) ?? '', /type=cache/);
    assert.match(hoverText(at('FROM a', 'RUN --mount=type=cache,sha|ring=locked,target=/x y')) ?? '', /sharing/);
    assert.match(hoverText(at('# syn|tax=docker/dockerfile:1')) ?? '', /frontend/);
    assert.match(hoverText(at('FROM a', 'ONBUILD RU|N x')) ?? '', /\*\*RUN\*\*/);
  });

  it('tells the value of a variable and the line it comes from', () => {
    assert.equal(
      hoverText(at('FROM a', 'ARG V=1', 'ENV W=${V}2', 'WORKDIR /$|W')),
      '**W**, `ENV` (line 3)\n\nValue: `12`',
    );
    assert.match(hoverText(at('FROM a', 'WORKDIR /$|NOPE')) ?? '', /not defined/);
    assert.match(hoverText(at('FROM a', 'ARG V', 'WORKDIR /$|V')) ?? '', /The build gives it its value/);
    assert.match(hoverText(at('FROM a', 'EN|V A=1')) ?? '', /\*\*ENV\*\*/);
    assert.match(hoverText(at('FROM a', 'ENV A|=1')) ?? '', /Value: `1`/);
  });

  it('tells what a shell finds of a variable', () => {
    assert.match(hoverText(at('FROM a', 'ENV V=1', 'RUN echo "$|V"')) ?? '', /`ENV` \(line 2\)\n\nValue: `1`/);
    assert.match(hoverText(at('ARG V=1', 'FROM a', 'RUN echo $|V')) ?? '', /global `ARG` \(line 1\).* `ARG V`/);
    assert.match(hoverText(at('FROM a', 'ARG V=1', 'CMD echo $|V')) ?? '', /not when a container runs/);
    assert.equal(hoverText(at('ARG V=1', 'FROM a', 'RUN V=2; echo $|V')), undefined);
    assert.equal(hoverText(at('FROM a', 'RUN echo $|V')), undefined);
  });

  it('tells of stages and of images as far as they are known', () => {
    assert.match(
      hoverText(at('FROM alpine AS one', 'FROM b', 'COPY --from=on|e / /')) ?? '',
      /Stage \*\*one\*\* \(line 1\)/,
    );
    assert.match(hoverText(at('FROM scr|atch')) ?? '', /empty root/);
    const absent = contextWith({ knowledge: { ...noKnowledge, image: () => ({ kind: 'absent' }) } });
    assert.match(hoverText(at('FROM alp|ine:3'), absent) ?? '', /Not on this machine/);
    assert.equal(hoverText(at('FROM alp|ine:3')), '**`alpine:3`**');
  });

  it('shows what comes from an image as text', () => {
    const facts = {
      digest: undefined, id: '', size: 1, created: undefined, platform: 'linux/amd64', env: ['A=`[x](command:y)`\n# h'], user: '',
      workingDir: '', entrypoint: [], cmd: [], exposedPorts: [], volumes: [], labels: {}, shell: [], hasHealthcheck: false,
      stopSignal: undefined, onBuild: [],
    }; // prettier-ignore
    const context = contextWith({ knowledge: { ...noKnowledge, image: () => ({ kind: 'known', value: facts }) } });
    const shown = hoverText(at('FROM alp|ine'), context) ?? '';
    assert.match(shown, /`A= \[x\]\(command:y\)  # h`/);
  });

  it('has nothing to say of blank lines and comments', () => {
    assert.equal(hoverText(at('FROM a', '|')), undefined);
    assert.equal(hoverText(at('# FR|OM a')), undefined);
  });
});

describe('signature help in Dockerfiles', () => {
  it('shows which part stands at the cursor', () => {
    assert.equal(signature(at('FROM |'))?.parameter, 'image[:tag|@digest]');
    assert.equal(signature(at('FROM a |'))?.parameter, '[AS name]');
    assert.equal(signature(at('FROM --pl|'))?.parameter, '[--platform=platform]');
    assert.equal(signature(at('FROM a', 'COPY a |'))?.parameter, 'destination');
    assert.equal(signature(at('FROM a', 'CMD ["a", |'))?.label, 'CMD ["program", "argument", ...]');
    assert.equal(signature(at('FROM a', 'CMD a |'))?.label, 'CMD command');
    assert.equal(signature(at('FROM a', 'HEALTHCHECK NONE |'))?.label, 'HEALTHCHECK NONE');
    assert.equal(signature(at('|')), undefined);
  });

  it('goes on behind a continuation, but not in a comment', () => {
    assert.equal(signature(at('FROM a', 'COPY --from=b \\', ' |'))?.parameter, 'source ...');
    assert.equal(signature(at('FROM a', 'HEALTHCHECK CMD \\', '|'))?.parameter, 'CMD command');
    assert.equal(signature(at('FROM a', 'ENV a=1 \\', '# wo|rd', 'b=2')), undefined);
    assert.equal(signature(at('FROM a', 'USER b', '|')), undefined);
  });

  it('shows what ONBUILD keeps, and the directives', () => {
    for (const line of ['ONBUILD |', 'ONBUILD CO|PY a b']) {
      assert.equal(signature(at('FROM a', line))?.label, 'ONBUILD instruction');
    }
    assert.equal(signature(at('FROM a', 'ONBUI|LD COPY a b')), undefined);
    for (const line of ['#escape=|', '# Escape =|', '#escape=`|'])
      assert.equal(signature(at(line))?.label, 'escape=value');
    assert.equal(signature(at('#esc|ape=`')), undefined);
  });
});

describe('inlay hints in Dockerfiles', () => {
  it('show what variables stand for', () => {
    assert.deepEqual(hints('ARG V=3', 'FROM a:$V', 'ARG V', 'WORKDIR /x/${V:-y}', 'RUN echo $V'), [
      '1 = a:3',
      '2 = 3',
      '3 = /x/3',
    ]);
  });

  it('tell what a stage has from its base image', () => {
    const facts = { size: 7_000_000, user: 'www', workingDir: '/srv', exposedPorts: ['80/tcp'], env: ['V=1'] };
    const image = () => ({ kind: 'known', value: facts as unknown as ImageFacts }) as const;
    assert.deepEqual(hintsIn(contextWith({ knowledge: { ...noKnowledge, image } }), 'FROM a', 'WORKDIR $V'), [
      '0 7MB, user www, in /srv, port 80',
      '1 = 1',
    ]);
  });

  it('say nothing where nobody knows', () => {
    assert.deepEqual(hints('FROM a', 'ARG V', 'WORKDIR /$V', 'COPY $NOPE /'), []);
  });
});

describe('code lenses in Dockerfiles', () => {
  it('tell which stages need a stage', () => {
    const { view } = at(
      'FROM a AS one',
      'FROM b AS two',
      'FROM one AS three',
      'COPY --from=0 x y',
      'FROM c',
      'COPY --from=one x y',
    );
    const lenses = dockerfile.features.codeLenses?.(view, contextWith()) ?? [];
    assert.deepEqual(
      lenses.map(({ command }) => command?.title),
      [
        'needed by three, the last stage',
        'no stage needs this one: only built as a target',
        'no stage needs this one: only built as a target',
        'the image that is built',
      ],
    );
  });

  const commandsOf = (names: readonly string[], ...lines: string[]) => {
    const context = contextWith({ client: { ...contextWith().client, commands: new Set(names) } });
    const lenses = dockerfile.features.codeLenses?.(at(...lines).view, context) ?? [];
    return lenses
      .filter(({ command }) => command?.command !== '')
      .map(({ range, command }) => [
        range.start.line,
        command?.title,
        ...((command?.arguments ?? []) as string[]).slice(1),
      ]);
  };
  const all = ['build', 'buildStage', 'run', 'debug'].map((each) => `coracle.dockerfile.${each}`);

  it('offer to build, run and debug what a file is for, and to build what that stands on', () => {
    assert.deepEqual(commandsOf(all, 'FROM a AS one', 'FROM b', 'FROM one', 'COPY --from=1 x y'), [
      [0, 'Build this stage', 'one'],
      [1, 'Build this stage', '1'],
      [2, 'Build'],
      [2, 'Run'],
      [2, 'Debug'],
    ]);
  });

  it('offer to run a stage that no other needs: it is only there to be a target', () => {
    assert.deepEqual(commandsOf(all, 'FROM a AS test', 'FROM b'), [
      [0, 'Build this stage', 'test'],
      [0, 'Run', 'test'],
      [0, 'Debug', 'test'],
      [1, 'Build'],
      [1, 'Run'],
      [1, 'Debug'],
    ]);
  });

  it('offer only commands that the client has, for the document that it asks about', () => {
    assert.deepEqual(commandsOf(['coracle.dockerfile.run'], 'FROM a'), [[0, 'Run']]);
    const context = contextWith({ client: { ...contextWith().client, commands: new Set(all) } });
    const [lens] = dockerfile.features.codeLenses?.(at('FROM a').view, context) ?? [];
    assert.deepEqual(lens?.command?.arguments, [at('FROM a').view.document.uri]);
  });

  it('leave a file of one stage alone where the client has no commands', () => {
    assert.deepEqual(dockerfile.features.codeLenses?.(at('FROM a').view, contextWith()), []);
  });
});
