// The shell parser: what it makes of scripts, whole and broken, and that no input is too much for it.

import assert from 'node:assert/strict';
import { parseShell } from '../../../language-server/src/shell/parse.ts';
import { programs, simpleCommands } from '../../../language-server/src/shell/programs.ts';
import type { Statement } from '../../../language-server/src/shell/tree.ts';
import { seededRandom } from '../../spec/random.ts';

const parse = (text: string) => parseShell({ text, segments: [{ at: 0, source: 0 }] });

/** A list in one line: literals as they are, what is not literal in angle brackets, substitutions and compound commands nested. */
function show(list: readonly Statement[]): string {
  return list
    .map((statement) => `${statement.before?.replace('\n', '⏎') ?? ''} ${showPipeline(statement.pipeline)}`.trim())
    .join(' ');
}

function showPipeline(pipeline: Statement['pipeline']): string {
  const commands = pipeline.commands.map((command) => {
    const redirects = command.redirects.map(({ operator, target }) => ` ${operator}${target?.raw ?? '?'}`).join('');
    if (command.kind === 'compound') {
      const words = command.words.map((word) => `${word.raw} `).join('');
      return `${command.type}{ ${words}${command.parts.map(show).join(' | ')} }${redirects}`;
    }
    const assignments = command.assignments.map(({ name, value }) => `${name}:=${value?.raw ?? ''}`);
    const words = command.words.map(
      (word) => `${word.literal ?? `<${word.raw}>`}${word.substitutions.map((inner) => `{${show(inner)}}`).join('')}`,
    );
    return [...assignments, ...words].join('·') + redirects;
  });
  return (pipeline.negated ? '! ' : '') + commands.join(' | ');
}

/** Script -> what it is; a leading `?` says that it is not whole. */
const scripts: Readonly<Record<string, string>> = {
  'apt-get update && apt-get install -y "a b"; c & d': 'apt-get·update && apt-get·install·-y·a b ; c & d',
  'a || b | c |& d': 'a || b | c | d',
  'echo \'a b\'\\ c"d\\"e\\n"': 'echo·a b cd"e\\n',
  'A=1 B="$X" run $C': 'A:=1·B:="$X"·run·<$C>',
  'make -j$(nproc) `uname -m` $((1 + X))': 'make·<-j$(nproc)>{nproc}·<`uname -m`>{uname·-m}·<$((1 + X))>',
  'echo "$(a "b $(c)")"': 'echo·<"$(a "b $(c)")">{a·<"b $(c)">{c}}',
  'echo ${A:-"x y"} ${#B} ${C%.*} ${D//a/b}': 'echo·<${A:-"x y"}>·<${#B}>·<${C%.*}>·<${D//a/b}>',
  'rm -rf /var/*/x [ab]c ?': 'rm·-rf·</var/*/x>·<[ab]c>·<?>',
  '[ -f /x ] && y': '[·-f·/x·] && y',
  '[[ $a == b && ( -f c || d < e ) ]] || f': '[[·<$a>·==·b·&&·(·-f·c·||·d·)·]] <e || f',
  'x 2>&1 >/dev/null </in >>log &>all <<<word': 'x 2>&1 >/dev/null </in >>log &>all <<<word',
  'if a; then b; elif c; then d; else e; fi > f': 'if{ a | b | c | d | e } >f',
  'for f in a $(b); do c "$f"; done && d': 'for{ f a $(b) c·<"$f"> } && d',
  'for ((i=0; i<3; i++)); do a; done': 'for{ a }',
  'while read x; do y; done < z': 'while{ read·x | y } <z',
  'case "$a" in x|y) b ;; *) c;; esac': 'case{ "$a" x y * b | c }',
  'f() { a; }; f': 'function{ f a } ; f',
  'function f { a; }': 'function{ f a }',
  '(cd /x && a) || { b; }': 'subshell{ cd·/x && a } || group{ b }',
  '! a | b': '! a | b',
  'echo a#b # c && d': 'echo·a#b',
  'cat <<EOF > /x\n$(not)\nEOF\nb': 'cat <<EOF >/x ⏎ b',
  'cat <<-"E" | b\n\ta\n\tE\nc': 'cat <<-"E" | b ⏎ c',
  'a \\\n  b &&\n\n c': 'a·b && c',
  'diff <(a) <(b)': 'diff·<<(a)>{a}·<<(b)>{b}',
  'A=(a "b" $(c)) d': 'A:=(a "b" $(c))·d',
  "rm -- !(a|b) $'c\\n'": 'rm·--·<!(a|b)>·c\\n',
  'echo {a,b} ~/x a=b': 'echo·{a,b}·~/x·a=b',
  "echo 'a": '?echo·a',
  'echo "$(a': '?echo·<"$(a>{a}',
  'a | ': '?a',
  'if a': '?if{ a |  }',
  'a )': '?a',
  'cat <<EOF\na': '?cat <<EOF',
  '': '',
};

describe('shell parser', () => {
  for (const [script, expected] of Object.entries(scripts)) {
    it(JSON.stringify(script), () => {
      const result = parse(script);
      assert.equal((result.complete ? '' : '?') + show(result.list), expected);
    });
  }

  it('says where words stand through continuations', () => {
    const source = 'RUN apt-get \\\n  update';
    const logical = {
      text: 'apt-get   update',
      segments: [
        { at: 0, source: 4 },
        { at: 8, source: 14 },
      ],
    };
    const words = [...simpleCommands(parseShell(logical).list)].flatMap((command) => command.words);
    assert.deepEqual(
      words.map(({ span }) => source.slice(span.start, span.end)),
      ['apt-get', 'update'],
    );
  });

  it('names variables and where they stand', () => {
    const text = 'echo "$A ${B:-$C}" ${!D} $((E + $F)) \'$G\' \\$H';
    const variables = [...simpleCommands(parse(text).list)].flatMap((command) =>
      command.words.flatMap((word) => word.variables),
    );
    const named = variables.map(({ name, span, nameSpan, quoted }) => [
      name,
      text.slice(span.start, span.end),
      text.slice(nameSpan.start, nameSpan.end),
      quoted,
    ]);
    assert.deepEqual(named, [
      ['A', '$A', 'A', true],
      ['B', '${B:-$C}', 'B', true],
      ['C', '$C', 'C', true],
      ['D', '${!D}', 'D', false],
      ['E', 'E', 'E', true],
      ['F', '$F', 'F', true],
    ]);
  });

  it('gives tokens for highlighting', () => {
    const text = 'if A=1 apt-get -y "a $B" 2; then # c';
    assert.deepEqual(
      parse(text).tokens.map(({ type, span }) => `${type} ${text.slice(span.start, span.end)}`),
      [
        'keyword if',
        'assignment A',
        'operator =',
        'number 1',
        'command apt-get',
        'option -y',
        'string "a ',
        'variable $B',
        'string "',
        'number 2',
        'operator ;',
        'keyword then',
        'comment # c',
      ],
    );
  });

  it('sees programs through sudo, env and paths', () => {
    const text =
      'sudo -u x /usr/bin/apt-get update; env -i A=b exec pip install; command -v curl; time -f %e make; $(wget x); busybox';
    assert.deepEqual(
      programs(parse(text)).map(({ name, wrappers }) => [name, ...wrappers]),
      [['apt-get', 'sudo'], ['pip', 'env', 'exec'], ['command'], ['make', 'time'], ['wget'], ['busybox']],
    );
  });

  it('never fails, and its tokens are in order, whatever is written', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = seededRandom(seed);
    const pieces = [
      ' ',
      '\n',
      '\\\n',
      '\0',
      '\r',
      ...'$( ) " \' ` ${ } (( )) $(( ;; ; && | <<E E\n a # \\ x= ( @( > <( & ! $ 1 -f'.split(' '),
      ...'if then fi for x in do done case esac { [[ ]]'.split(' ').map((word) => `${word} `),
    ];
    for (let round = 0; round < 5000; round += 1) {
      const text = Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join('');
      let last = 0;
      for (const { span } of parse(text).tokens) {
        assert.ok(
          span.start >= last && span.end > span.start && span.end <= text.length,
          `SEED=${seed} ${JSON.stringify(text)}`,
        );
        last = span.end;
      }
    }
  });

  it('takes deep nesting and long lines in its stride', () => {
    for (const piece of [
      '$(',
      '"$(',
      '${x:-',
      '`',
      '( ',
      '{ ',
      'if ',
      '@(',
      '$((a( ',
      '[[ ( ',
      'f() { ',
      'case x in a) ',
    ]) {
      const started = process.cpuUsage();
      const { complete } = parse(piece.repeat(20_001));
      const { user } = process.cpuUsage(started);
      assert.ok(user < 2_000_000, `${piece} took ${user} µs`);
      assert.equal(complete, false, piece);
    }
  });
});
