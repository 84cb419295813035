import assert from 'node:assert/strict';
import {
  array,
  boolean,
  emptyObject,
  integer,
  object,
  parseJson,
  record,
  string,
  stringOrList,
} from '../../runtime/src/spec/decode.ts';

interface Thing {
  readonly Name?: string | null;
  readonly Size?: number | null;
  readonly Open?: boolean | null;
  readonly Cmd?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Inner?: Thing | null;
}

const inner = object<Omit<Thing, 'Inner'>>({
  Name: string,
  Size: integer,
  Open: boolean,
  Cmd: stringOrList,
  Labels: record(string, ''),
});
const thing = object<Thing>({
  Name: string,
  Size: integer,
  Open: boolean,
  Cmd: stringOrList,
  Labels: record(string, ''),
  Inner: inner,
});

const accepted: readonly (readonly [string, Thing])[] = [
  ['{}', {}],
  ['{"Name":null,"Unknown":{"deep":[1]}}', {}],
  ['{"name":"folded","SIZE":3}', { Name: 'folded', Size: 3 }],
  ['{"Cmd":"one"}', { Cmd: ['one'] }],
  ['{"Cmd":[]}', { Cmd: [] }],
  ['{"Labels":{"a":null,"b":"c"}}', { Labels: { a: '', b: 'c' } }],
  ['{"Size":9223372036854775807}', { Size: 2 ** 63 }],
  ['{"Size":-1,"Open":false}', { Size: -1, Open: false }],
];

const refused: readonly (readonly [string, string])[] = [
  ['', 'invalid JSON: got EOF while reading request body'],
  ['{"a"', 'invalid JSON: unexpected EOF'],
  ['"x', 'invalid JSON: unexpected EOF'],
  ['[]', 'invalid JSON: cannot unmarshal array into document of type object'],
  ['null', 'invalid JSON: cannot unmarshal null into document of type object'],
  ['{"Name":1}', 'invalid JSON: cannot unmarshal number into field Name of type string'],
  ['{"Size":1.5}', 'invalid JSON: cannot unmarshal number into field Size of type int64'],
  ['{"Size":1e30}', 'invalid JSON: cannot unmarshal number into field Size of type int64'],
  ['{"Open":"true"}', 'invalid JSON: cannot unmarshal string into field Open of type bool'],
  ['{"Cmd":["a",1]}', 'invalid JSON: cannot unmarshal number into field Cmd[1] of type string'],
  ['{"Labels":{"a":1}}', 'invalid JSON: cannot unmarshal number into field Labels[a] of type string'],
  ['{"Inner":{"Size":"x"}}', 'invalid JSON: cannot unmarshal string into field Inner.Size of type int64'],
];

describe('spec/decode', () => {
  for (const [json, value] of accepted) {
    it(`takes ${json}`, () => assert.deepEqual(thing(parseJson(json), ''), value));
  }
  for (const [json, message] of refused) {
    it(`refuses ${json}`, () => assert.throws(() => thing(parseJson(json), ''), { message, kind: 'invalidParameter' }));
  }

  it('keeps __proto__ as a key of a map and drops it as a field', () => {
    const value = thing(parseJson('{"__proto__":{"Name":"x"},"Labels":{"__proto__":"y"}}'), '');
    assert.equal(value.Name, undefined);
    assert.deepEqual(Object.entries(value.Labels ?? {}), [['__proto__', 'y']]);
    assert.equal(Object.getPrototypeOf(value.Labels), Object.prototype);
  });

  it('keeps nothing of an empty struct', () => {
    assert.deepEqual(record(emptyObject, {})(parseJson('{"80/tcp":{"x":1},"81/udp":null}'), ''), {
      '80/tcp': {},
      '81/udp': {},
    });
    assert.throws(() => array(emptyObject)([1], 'x'), /field x\[0\] of type object/);
  });

  it('survives whatever JSON it is given', () => {
    // A small generator with a seed, so that a failure can be repeated.
    let seed = 42;
    const next = (bound: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % bound;
    const keys = ['Name', 'Size', 'Open', 'Cmd', 'Labels', 'Inner', '__proto__', 'constructor', 'toString', ''];
    const any = (depth: number): unknown => {
      const kind = next(depth > 4 ? 5 : 7);
      if (kind === 0) return null;
      if (kind === 1) return next(2) === 0;
      if (kind === 2) return next(1000) / (1 + next(3));
      if (kind <= 4) return keys[next(keys.length)];
      if (kind === 5) return Array.from({ length: next(4) }, () => any(depth + 1));
      return JSON.parse(
        `{${Array.from({ length: next(4) }, () => `${JSON.stringify(keys[next(keys.length)])}:${JSON.stringify(any(depth + 1))}`).join()}}`,
      ) as unknown;
    };
    for (let round = 0; round < 5000; round += 1) {
      const value = any(0);
      try {
        thing(value, '');
      } catch (error) {
        assert.match(String(error), /^EngineError: invalid JSON: cannot unmarshal/);
      }
    }
    assert.equal(({} as Thing).Name, undefined);
  });
});
