// The tree of each construct, and what BuildKit makes of odd ones.

import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { variables } from '../../../runtime/src/spec/dockerfile/scope.ts';
import type {
  CommandForm,
  CopyForm,
  Instruction,
  PairsForm,
  WordsForm,
} from '../../../runtime/src/spec/dockerfile/tree.ts';
import { at, instruction, instructions, pieces } from './helpers.ts';

function kinds(text: string): string[] {
  return parseDockerfile(text).items.map((item) =>
    item.kind === 'directive' ? `${item.name}=${item.value}` : item.kind,
  );
}

function pairs(item: Instruction): string[][] {
  return (item.form as PairsForm).pairs.map(({ key, value }) => [key.raw, value?.raw ?? '(none)']);
}

describe('parser: directives, comments, blank lines', () => {
  const cases: [string, string, string[]][] = [
    [
      'directives at the beginning',
      '# syntax=a\n#escape = `\n# CHECK=skip=all\nFROM a\n',
      ['syntax=a', 'escape=`', 'check=skip=all', 'instruction'],
    ],
    ['none after a comment', '# x\n# escape=`\nFROM a', ['comment', 'comment', 'instruction']],
    ['none after a blank line', '\n# escape=`\nFROM a', ['blank', 'comment', 'instruction']],
    ['none after an instruction', 'FROM a\n# escape=`\n', ['instruction', 'comment']],
    ['none with another name', '# foo=bar\n# escape=`\n', ['comment', 'comment']],
    ['none without a value', '# escape=\n# syntax=x\n', ['comment', 'comment']],
    ['a byte order mark before them', '\ufeff# escape=`\nFROM a', ['blank', 'escape=`', 'instruction']],
    [
      'syntax and check after #!, but not escape',
      '#!/x\n# syntax=a\n# escape=`\n# check=skip=all\n',
      ['comment', 'syntax=a', 'comment', 'check=skip=all'],
    ],
    ['a #! line further down ends them', '# syntax=a\n#!/x\n# check=skip=all\n', ['syntax=a', 'comment', 'comment']],
    ['escape with white space before it, but not syntax', '  # escape=`\n', ['escape=`']],
    ['white space before syntax', '  # syntax=a\nFROM a', ['comment', 'instruction']],
    ['blank lines as one item', 'FROM a\n\n \t\n\nRUN b\n', ['instruction', 'blank', 'instruction']],
    ['windows line ends', '# escape=`\r\n\r\nFROM a\r\n', ['escape=`', 'blank', 'instruction']],
  ];
  for (const [name, text, expected] of cases) it(name, () => assert.deepEqual(kinds(text), expected));

  it('keeps the value of a directive without white space around it', () => {
    const [item] = parseDockerfile('#  Syntax  =  docker/dockerfile:1  \r\n').items;
    assert.ok(item?.kind === 'directive');
    assert.equal(item.value, 'docker/dockerfile:1');
    assert.equal(item.text.slice(item.nameSpan.start, item.nameSpan.end), 'Syntax');
    assert.equal(item.text.slice(item.valueSpan.start, item.valueSpan.end), 'docker/dockerfile:1');
  });

  it('takes a second escape directive for an error and not for an escape', () => {
    const file = parseDockerfile('# escape=`\n# escape=\\\nFROM a\n');
    assert.equal(file.escape, '`');
    assert.deepEqual(
      file.items[1]?.faults.map(({ code }) => code),
      ['duplicate-directive'],
    );
  });
});

describe('parser: lines', () => {
  it('joins continuation lines, comments and empty lines left out', () => {
    const item = instruction('RUN a \\\n# one\n  b \\ \t\n\n\t# two\n\\\n c\nUSER x');
    assert.equal(item.body.text, 'a   b  c');
    assert.deepEqual(
      item.comments.map((span) => at(item, span)),
      ['# one', '# two'],
    );
    assert.equal(item.emptyLines.length, 1);
    assert.equal(at(item, item.span), 'RUN a \\\n# one\n  b \\ \t\n\n\t# two\n\\\n c');
  });

  const ends: [string, string, string][] = [
    ['an escape before another is none', 'RUN a \\\\\nUSER x', 'a \\\\'],
    ['three of them are none either', 'RUN a \\\\\\\nUSER x', 'a \\\\\\'],
    ['blanks may follow', 'RUN a \\ \t \nb', 'a b'],
    ['a lone carriage return ends no line', 'RUN a\rb \\\r\nc', 'a\rb c'],
    ['the file may end after one', 'RUN a \\', 'a'],
    ['the other escape does nothing', 'RUN a `\nb', 'a `'],
  ];
  for (const [name, text, body] of ends) it(name, () => assert.equal(instruction(text).body.text, body));

  it('uses the escape character of the directive', () => {
    const [item] = instructions('# escape=`\nRUN a `\n b \\\nUSER x');
    assert.equal(item?.body.text, 'a  b \\');
  });

  it('begins an instruction on a line with nothing but an escape', () => {
    const item = instruction('\\\n  FROM a\n');
    assert.equal(item.name, 'FROM');
    assert.equal(at(item, item.keywordSpan), 'FROM');
  });

  it('has the places of words in continuation lines', () => {
    const item = instruction('ENV a=b \\\n # c\n d="e \\\nf"\n');
    const [, second] = (item.form as PairsForm).pairs;
    assert.equal(at(item, second?.span), 'd="e \\\nf"');
    assert.equal(second?.value?.raw, '"e f"');
    assert.equal(at(item, second?.value?.pieces[0]?.span), 'e \\\nf');
  });
});

describe('parser: flags', () => {
  it('reads names, values and where they are', () => {
    const item = instruction('COPY --from=a --link --chown="b c":$d \\\n --exclude=*.x -- --y z\n');
    assert.deepEqual(
      item.flags.map((flag) => [flag.name, at(item, flag.nameSpan), at(item, flag.value?.span)]),
      [
        ['from', 'from', 'a'],
        ['link', 'link', undefined],
        ['chown', 'chown', '"b c":$d'],
        ['exclude', 'exclude', '*.x'],
      ],
    );
    assert.deepEqual(pieces(item.flags[2]?.value), ['b c:', '$d']);
    assert.deepEqual(
      (item.form as CopyForm).sources.map(({ raw }) => raw),
      ['--y'],
    );
    assert.equal(item.text.slice(item.bodyStart).startsWith('--y z'), true);
  });

  it('reads the fields of a mount', () => {
    const item = instruction('RUN --mount=type=Cache,"TARGET=/a" --mount=type=bind,\\"source=/b,c\\",ro x');
    const [first, second] = item.flags;
    assert.deepEqual(
      first?.fields?.map(({ key, value }) => [key, value]),
      [
        ['type', 'Cache'],
        ['target', '/a'],
      ],
    );
    assert.equal(at(item, first?.fields?.[0]?.valueSpan), 'Cache');
    assert.deepEqual(
      second?.fields?.map(({ key, value }) => [key, value]),
      [
        ['type', 'bind'],
        ['source', '/b,c'],
        ['ro', undefined],
      ],
    );
  });

  it('has none for what begins with one dash', () => {
    assert.deepEqual(instruction('RUN -x --y').flags, []);
  });
});

describe('parser: words', () => {
  it('splits COPY, FROM and EXPOSE at white space whatever quotes say', () => {
    const copy = instruction('COPY "a b" c\td').form as CopyForm;
    assert.deepEqual(
      copy.sources.map(({ raw }) => raw),
      ['"a', 'b"', 'c'],
    );
    assert.equal(copy.destination?.raw, 'd');
  });

  it('takes the rest of the line for one word of WORKDIR, USER and STOPSIGNAL', () => {
    const words = (text: string) => (instruction(text).form as WordsForm).words.map(({ raw }) => raw);
    assert.deepEqual(words('WORKDIR /a b  c '), ['/a b  c']);
    assert.deepEqual(words('USER a b'), ['a b']);
    assert.deepEqual(words('STOPSIGNAL 9 x'), ['9 x']);
    assert.deepEqual(words('EXPOSE 1 2  3'), ['1', '2', '3']);
  });

  it('keeps white space in quotes and after escapes in pairs', () => {
    assert.deepEqual(pairs(instruction(`ENV a="b c" d='e "f' g=h\\ i j=`)), [
      ['a', '"b c"'],
      ['d', `'e "f'`],
      ['g', 'h\\ i'],
      ['j', ''],
    ]);
    assert.deepEqual(pairs(instruction('ENV name  the whole rest = it')), [['name', 'the whole rest = it']]);
    assert.deepEqual(pairs(instruction('ARG a b=c d=')), [
      ['a', '(none)'],
      ['b', 'c'],
      ['d', ''],
    ]);
    assert.deepEqual(pairs(instruction('LABEL "a b"=c')), [['"a b"', 'c']]);
  });

  it('takes a word apart into quoted and bare text and variables', () => {
    const value = (text: string) => (instruction(`ENV a=${text}`).form as PairsForm).pairs[0]?.value;
    assert.deepEqual(pieces(value(`x"y $b"'$c'\\$d\${e}`)), ['x', '"y "', '"$b"', "'$c'", '$d', '$e']);
    assert.deepEqual(pieces(value('""')), ['""']);
    assert.deepEqual(pieces(value('$1a$_b-$$')), ['$1', 'a', '$_b', '-', '$$']);
    assert.deepEqual(pieces(value('a$.b')), ['a$.b']);
    assert.deepEqual(pieces(value('${größe}')), ['$größe']);
  });

  const modifiers: [string, string, string, string | undefined][] = [
    ['${a:-b}', ':-', 'b', undefined],
    ['${a-b}', '-', 'b', undefined],
    ['${a:+b c}', ':+', 'b c', undefined],
    ['${a+}', '+', '', undefined],
    ['${a:?no a}', ':?', 'no a', undefined],
    ['${a?b}', '?', 'b', undefined],
    ['${a#*/}', '#', '*/', undefined],
    ['${a##*/}', '##', '*/', undefined],
    ['${a%.*}', '%', '.*', undefined],
    ['${a%%.*}', '%%', '.*', undefined],
    ['${a/b/c}', '/', 'b', 'c'],
    ['${a//b/c}', '//', 'b', 'c'],
    ['${a/\\//c}', '/', '\\/', 'c'],
  ];
  for (const [text, operator, word, replacement] of modifiers) {
    it(`reads ${text}`, () => {
      const item = instruction(`USER ${text}`);
      const [variable] = variables(item);
      assert.equal(variable?.modifier?.operator, operator);
      assert.equal(variable.modifier.word.raw, word);
      assert.equal(variable.modifier.replacement?.raw, replacement);
      assert.equal(at(item, variable.span), text);
      assert.equal(at(item, variable.nameSpan), 'a');
      assert.deepEqual(item.faults, []);
    });
  }

  it('finds variables in the modifiers of others', () => {
    const item = instruction('ENV a=${b:-${c%$d}"$e"} ${f}=${g/$h/$i}');
    assert.deepEqual(
      variables(item).map(({ name }) => name),
      ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'],
    );
  });

  it('finds no variables where a shell or nobody fills them in', () => {
    for (const text of [
      'RUN echo $a',
      'CMD ["$a"]',
      'ENTRYPOINT $a',
      'MAINTAINER $a',
      'HEALTHCHECK CMD $a',
      'SHELL ["$a"]',
    ]) {
      assert.deepEqual(variables(instruction(text)), [], text);
    }
  });
});

describe('parser: JSON', () => {
  const form = (text: string) => instruction(text).form as CommandForm;

  it('reads an array of strings', () => {
    const item = instruction('CMD [ "a b", "c\\u0041\\n" \\\n, "" ]');
    const { json, shell } = item.form as CommandForm;
    assert.deepEqual(
      json?.strings.map(({ value }) => value),
      ['a b', 'cA\n', ''],
    );
    assert.equal(json?.closed, true);
    assert.equal(shell, undefined);
    assert.equal(at(item, json.strings[1]?.span), '"c\\u0041\\n"');
  });

  for (const text of [`['a']`, '["a",]', '["a"] b', '["a" "b"]', '[a]', '["\\x"]', '["a", b]', '["a\tb"]']) {
    it(`takes ${JSON.stringify(text)} for a shell's words`, () => {
      assert.equal(form(`CMD ${text}`).json, undefined);
      assert.notEqual(form(`CMD ${text}`).shell, undefined);
    });
  }

  for (const [text, strings] of [
    ['[', []],
    ['["a", "b', ['a', 'b']],
    ['["a",', ['a']],
    ['["a"', ['a']],
  ] as const) {
    it(`recognises the beginning ${text}`, () => {
      const { json, shell } = form(`CMD ${text}`);
      assert.equal(json?.closed, false);
      assert.deepEqual(
        json.strings.map(({ value }) => value),
        strings,
      );
      assert.notEqual(shell, undefined);
    });
  }

  it('refuses arrays of anything else', () => {
    for (const text of ['[1]', '[null]', '[["a"]]', '[{"a": [1.5e3, true]}]', '["a", 2]']) {
      assert.deepEqual(
        instruction(`CMD ${text}`).faults.map(({ code }) => code),
        ['json-not-strings'],
        text,
      );
    }
  });

  it('fills variables in where the instruction does, through escapes of both kinds', () => {
    const item = instruction('COPY ["\\u0024{a}", "b\\\\$c", "$d/"]');
    assert.deepEqual(
      variables(item).map(({ name, span }) => [name, at(item, span)]),
      [
        ['a', '\\u0024{a}'],
        ['d', '$d'],
      ],
    );
    assert.deepEqual(variables(instruction('CMD ["$a"]')), []);
  });
});

describe('parser: heredocs', () => {
  it('reads several, with and without expansion', () => {
    const item = instruction('COPY <<a <<-"b" /c\n$x\na\n\t$y\n\t\tz\n\tb\nUSER d');
    assert.deepEqual(
      item.heredocs.map(({ delimiter, chomp, expand, body }) => [delimiter, chomp, expand, body.text]),
      [
        ['a', false, true, '$x\n'],
        ['b', true, false, '$y\nz\n'],
      ],
    );
    assert.deepEqual(
      variables(item).map(({ name }) => name),
      ['x'],
    );
    assert.deepEqual(
      item.heredocs.map(({ endSpan }) => at(item, endSpan)),
      ['a', 'b'],
    );
    assert.equal(at(item, item.heredocs[1]?.delimiterSpan), 'b');
    assert.deepEqual((item.form as CopyForm).sources, []);
    assert.equal((item.form as CopyForm).destination?.raw, '/c');
  });

  const announced: [string, string[]][] = [
    ['RUN cat <<EOF\nEOF', ['EOF']],
    ['RUN <<EOF cat && <<"X Y" cat\nEOF\nX Y', ['EOF', 'X Y']],
    ['RUN cat 3<< EOF\nEOF', ['EOF']],
    ['RUN cat <<<EOF', []],
    ['RUN cat <<""', []],
    ['RUN a<<EOF', []],
    ['RUN echo $((1<<2))', []],
    ['RUN echo "it is <<EOF', []],
    ["RUN cat <<EOF # it's", []],
    ['RUN echo ${a^^} <<EOF', []],
    ['RUN ["a", "<<EOF"]', []],
    ['ENV a=<<EOF', []],
    ['CMD cat <<EOF', []],
    ['ADD <<\\EOF /x\nEOF', ['EOF']],
    ['ONBUILD RUN <<EOF\nEOF', ['EOF']],
    ['RUN cat <<EOF|sh\nEOF|sh', ['EOF|sh']],
    ['RUN cat <<$a\n$a', ['$a']],
  ];
  for (const [text, delimiters] of announced) {
    it(`finds ${delimiters.length === 0 ? 'none' : delimiters.join(' and ')} in ${JSON.stringify(text.split('\n')[0])}`, () => {
      assert.deepEqual(
        instruction(text).heredocs.map(({ delimiter }) => delimiter),
        delimiters,
      );
    });
  }

  it('goes on after the last body', () => {
    assert.deepEqual(
      instructions('RUN <<A\nUSER x\nA\nUSER y\n').map(({ name }) => name),
      ['RUN', 'USER'],
    );
  });

  it('ends with the file where a delimiter is missing', () => {
    const item = instruction('RUN <<A\nUSER x\n');
    assert.deepEqual(
      item.faults.map(({ code }) => code),
      ['unterminated-heredoc'],
    );
    assert.equal(item.heredocs[0]?.endSpan, undefined);
    assert.equal(item.heredocs[0]?.body.text, 'USER x\n');
  });
});

describe('parser: instructions in ONBUILD', () => {
  it('keeps the places of the outer one', () => {
    const item = instruction('ONBUILD COPY --from=a b \\\n $c\n');
    assert.ok(item.form.kind === 'onbuild');
    const { trigger } = item.form;
    assert.equal(trigger?.name, 'COPY');
    assert.equal(at(item, trigger.keywordSpan), 'COPY');
    assert.equal(at(item, (trigger.form as CopyForm).destination?.span), '$c');
    assert.deepEqual(
      variables(item).map(({ name }) => name),
      ['c'],
    );
  });
});
