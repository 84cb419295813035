import assert from 'node:assert/strict';
import { exactText, parseExact } from '../../runtime/src/client/exact-json.ts';
import { readFrames } from '../../runtime/src/client/hijack-streams.ts';
import { jsonLines } from '../../runtime/src/client/ndjson.ts';
import { compareVersions, encodeFilters, queryString } from '../../runtime/src/client/query.ts';
import { frame } from '../../runtime/src/spec/stream/multiplex.ts';

async function* bytesOf(parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

describe('client: streams', () => {
  it('reads JSON lines however they are split, several to a line too', async () => {
    const values: unknown[] = [];
    for await (const value of jsonLines(bytesOf(['{"a":"}{', '"}\n\n{"b":', '1}{"c":[{}]}', '\r\n{"d":2}'])))
      values.push(value);
    assert.deepEqual(values, [{ a: '}{' }, { b: 1 }, { c: [{}] }, { d: 2 }]);
  });

  it('does not tear a character that two chunks share', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}\n');
    const values: unknown[] = [];
    for await (const value of jsonLines(bytesOf([bytes.subarray(0, 7), bytes.subarray(7)]))) values.push(value);
    assert.deepEqual(values, [{ a: 'é' }]);
  });

  it('says when a line is not JSON', async () => {
    await assert.rejects(async () => {
      for await (const value of jsonLines(bytesOf(['{"a":1}\nnonsense\n']))) assert.deepEqual(value, { a: 1 });
    }, SyntaxError);
  });

  it('keeps numbers that no double holds', () => {
    const value = parseExact('{"timeNano":1764041904736378307,"small":7}') as { timeNano: unknown; small: unknown };
    assert.equal(exactText(value.timeNano), '1764041904736378307');
    assert.equal(value.small, 7);
    assert.equal(JSON.stringify(value), '{"timeNano":1764041904736378307,"small":7}');
  });

  it('parts stdout from stderr, frames split anywhere', async () => {
    const text = { out: '', err: '' };
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const all = Buffer.concat([
      frame(1, new TextEncoder().encode('one ')),
      frame(2, new TextEncoder().encode('bad')),
      frame(1, new TextEncoder().encode('two')),
    ]);
    await readFrames(bytesOf([...all].map((byte) => Uint8Array.of(byte))), {
      stdout: (bytes) => void (text.out += decode(bytes)),
      stderr: (bytes) => void (text.err += decode(bytes)),
    });
    assert.deepEqual(text, { out: 'one two', err: 'bad' });
  });

  it('writes queries and filters as the API wants them', () => {
    assert.equal(queryString({ a: true, b: false, c: undefined, d: ['x', 'y z'], e: 3 }), '?a=1&b=0&d=x&d=y%20z&e=3');
    assert.equal(queryString(), '');
    assert.equal(encodeFilters({ label: ['a', 'b'] }), '{"label":{"a":true,"b":true}}');
    assert.equal(encodeFilters({}), undefined);
    assert.ok(compareVersions('1.9', '1.10') < 0);
  });
});
