// The value of a word.

import assert from 'node:assert/strict';
import { expandWord, expandWords, unknownValue, type Lookup } from '../../../runtime/src/spec/dockerfile/expand.ts';
import type { PairsForm, Word } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { instruction } from './helpers.ts';

const values: Readonly<Record<string, string>> = {
  a: 'one',
  empty: '',
  path: '/usr/lib/x.tar.gz',
  two: 'b c',
  star: 'a*b?c',
};
const lookup: Lookup = (name) => {
  if (name === 'unknown') return unknownValue;
  return Object.hasOwn(values, name) ? values[name] : undefined;
};

function word(text: string): Word {
  const { form } = instruction(`USER ${text}`);
  const found = form.kind === 'words' ? form.words[0] : undefined;
  if (found === undefined) throw new Error(text);
  return found;
}

describe('expansion', () => {
  const cases: [string, string][] = [
    ['x$a-${a}', 'xone-one'],
    [`"$a"'$a'\\$a`, 'one$a$a'],
    ['$none.', '.'],
    ['${a:-x}${empty:-x}${none:-x}', 'onexx'],
    ['${a-x}${empty-x}${none-x}', 'onex'],
    ['${a:+x}${empty:+x}${none:+x}', 'x'],
    ['${a+x}${empty+x}${none+x}', 'xx'],
    ['${a:?x}${a?x}${empty?x}', 'oneone'],
    ['${none:-$a ${a:+"b c"}}', 'one b c'],
    ['${path#*/}', 'usr/lib/x.tar.gz'],
    ['${path##*/}', 'x.tar.gz'],
    ['${path%.*}', '/usr/lib/x.tar'],
    ['${path%%.*}', '/usr/lib/x'],
    ['${path##*}', ''],
    ['${path%none}', '/usr/lib/x.tar.gz'],
    ['${path#/us?}', '/lib/x.tar.gz'],
    ['${path/r/R}', '/usR/lib/x.tar.gz'],
    ['${path//r/R}', '/usR/lib/x.taR.gz'],
    ['${path//\\//:}', ':usr:lib:x.tar.gz'],
    ['${path/\\/*\\//_}', '_x.tar.gz'],
    ['${path//[/x}', '/usr/lib/x.tar.gz'],
    ['${star/\\*/+}', 'a+b?c'],
    ['${star//\\?/+}', 'a*b+c'],
    ['${a//*/x}', 'x'],
    ['${none#x}', ''],
    ['$two', 'b c'],
  ];
  for (const [text, expected] of cases) {
    it(text, () => assert.deepEqual(expandWord(word(text), lookup), { value: expected, fault: undefined }));
  }

  it('does not know what depends on the unknown', () => {
    for (const text of ['$unknown', 'a${unknown:-b}', '${none:-$unknown}', '${a%$unknown}']) {
      assert.deepEqual(expandWord(word(text), lookup), { value: undefined, fault: undefined }, text);
    }
    assert.equal(expandWord(word('${a:-$unknown}'), lookup).value, 'one');
  });

  it('fails where a value is required, or a pattern is none', () => {
    const code = (text: string) => expandWord(word(text), lookup).fault?.code;
    assert.equal(code('${none?}'), 'required-variable');
    assert.equal(code('${empty:?}'), 'required-variable');
    assert.match(expandWord(word('${none:?because}'), lookup).fault?.message ?? '', /because/);
    assert.equal(code('${path#\\x}'), 'invalid-pattern');
  });

  it('splits what EXPOSE splits', () => {
    const item = instruction('EXPOSE $two "$two" x$two');
    assert.ok(item.form.kind === 'words');
    assert.deepEqual(
      item.form.words.map((each) => expandWords(each, lookup).values),
      [['b', 'c'], ['b c'], ['xb', 'c']],
    );
  });

  it('matches long patterns in bounded time', () => {
    const long = 'a'.repeat(20_000);
    const { form } = instruction(`ENV x=\${v//${'*a'.repeat(400)}b/y}`);
    const value = (form as PairsForm).pairs[0]?.value;
    const before = process.cpuUsage();
    assert.equal(value === undefined ? '' : expandWord(value, () => long).value, long);
    assert.ok(process.cpuUsage(before).user < 2_000_000);
  });
});
