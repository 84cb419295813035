import assert from 'node:assert/strict';
import { parseDuration, unixSeconds } from '../../runtime/src/text/duration.ts';
import { HelpRequest, parseFlags, UsageError } from '../../runtime/src/cli/flags/parse.ts';
import { parseBytes } from '../../runtime/src/text/size.ts';
import { bool, bytes, cpus, filter, int, list, map, string, strings } from '../../runtime/src/cli/flags/types.ts';

const flags = {
  all: bool('a', 'All'),
  cpus: cpus('CPUs'),
  env: list('e', 'Environment'),
  filter: filter(),
  interactive: bool('i', 'Interactive'),
  label: map('l', 'Labels'),
  memory: bytes('m', 'Memory'),
  'memory-swap': bytes('', 'Swap', true),
  proxy: bool('', 'Proxy', true),
  subnet: strings('', 'Subnets'),
  time: int('', 'Time'),
  tty: bool('t', 'Terminal'),
  user: string('u', 'User'),
};

const parse = (...args: string[]) => parseFlags(flags, args);

function refusal(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  throw new Error('was accepted');
}

describe("cli: pflag's grammar", () => {
  it('takes shorts together, with values joined, after an equals sign or behind', () => {
    assert.deepEqual(parse('-it', '-uroot').values, { ...parse().values, interactive: true, tty: true, user: 'root' });
    assert.equal(parse('-u=root').values.user, 'root');
    assert.equal(parse('-u', 'root').values.user, 'root');
    assert.equal(parse('-itu', 'root').values.user, 'root');
    assert.deepEqual(parse('-eA=b', '-e', 'C').values.env, ['A=b', 'C']);
  });

  it('takes longs with and without equals sign; switches only with it', () => {
    assert.equal(parse('--user=x').values.user, 'x');
    assert.equal(parse('--user', '--tty').values.user, '--tty');
    assert.deepEqual(parse('--tty', 'false').rest, ['false']);
    assert.equal(parse('--tty=false').values.tty, false);
    assert.equal(parse('--proxy=0').values.proxy, false);
    assert.equal(parse('-it=false').values.tty, false);
    assert.equal(parse('-it=false').values.interactive, true);
  });

  it('mixes flags and arguments, or stops at the first, or at --', () => {
    assert.deepEqual(parse('a', '-i', 'b').rest, ['a', 'b']);
    assert.deepEqual(parseFlags(flags, ['-i', 'a', '-t', '--zz'], false).rest, ['a', '-t', '--zz']);
    assert.deepEqual(parse('-i', '--', '-t').rest, ['-t']);
    assert.deepEqual(parse('-').rest, ['-']);
  });

  it("refuses in docker's words", () => {
    assert.equal(refusal('-Z'), "unknown shorthand flag: 'Z' in -Z");
    assert.equal(refusal('-iZt'), "unknown shorthand flag: 'Z' in -Zt");
    assert.equal(refusal('--zz'), 'unknown flag: --zz');
    assert.equal(refusal('--__proto__=1'), 'unknown flag: --__proto__');
    assert.equal(refusal('--user'), 'flag needs an argument: --user');
    assert.equal(refusal('-u'), "flag needs an argument: 'u' in -u");
    assert.equal(
      refusal('--tty=x'),
      'invalid argument "x" for "-t, --tty" flag: strconv.ParseBool: parsing "x": invalid syntax',
    );
    assert.equal(refusal('-m', 'z'), 'invalid argument "z" for "-m, --memory" flag: invalid size: \'z\'');
    assert.equal(
      refusal('--time=z'),
      'invalid argument "z" for "--time" flag: strconv.ParseInt: parsing "z": invalid syntax',
    );
    assert.equal(
      refusal('--filter', 'zz'),
      'invalid argument "zz" for "-f, --filter" flag: bad format of filter (expected name=value)',
    );
  });

  it('asks for help', () => {
    assert.throws(() => parse('--help'), HelpRequest);
    assert.throws(() => parse('-h'), HelpRequest);
  });

  it('reads sizes, CPUs, filters, maps and lists', () => {
    assert.equal(parse('-m', '1.5g').values.memory, 1610612736);
    assert.equal(parse('--memory-swap=-1').values['memory-swap'], -1);
    assert.equal(parse('--cpus=1.5').values.cpus, 1_500_000_000);
    assert.match(refusal('--cpus=0.0000000001'), /value is too precise/);
    assert.deepEqual(parse('-f', 'Label=a=b', '-f', 'label=c').values.filter, { label: ['a=b', 'c'] });
    assert.deepEqual(
      parse('-l', 'a=b', '-l', 'a=c', '-l', '__proto__=x').values.label,
      JSON.parse('{"a":"c","__proto__":"x"}'),
    );
    assert.deepEqual(parse('--subnet=a,b', '--subnet', 'c').values.subnet, ['a', 'b', 'c']);
    assert.deepEqual([...parse('-i', '-u', 'x').changed], ['interactive', 'user']);
  });
});

describe('cli: sizes and times', () => {
  it('counts in powers of 1024', () => {
    assert.deepEqual(['10', '1k', '1kb', '1KiB', '2m', '1 g', '7b'].map(parseBytes), [
      10,
      1024,
      1024,
      1024,
      2097152,
      2 ** 30,
      7,
    ]);
    for (const text of ['', 'x', '-1', '1x', '1kk', '1e3']) assert.throws(() => parseBytes(text), /invalid size/, text);
  });

  it("reads Go's durations", () => {
    assert.equal(parseDuration('1h2m3.5s'), 3_723_500_000_000);
    assert.equal(parseDuration('300ms'), 300_000_000);
    assert.equal(parseDuration('0'), 0);
    assert.throws(() => parseDuration('5'), /time: missing unit in duration "5"/);
    assert.throws(() => parseDuration('z'), /time: invalid duration "z"/);
  });

  it('turns moments into unix seconds', () => {
    const now = Date.UTC(2026, 0, 1);
    assert.equal(unixSeconds('1700000000.5', now), '1700000000.5');
    assert.equal(unixSeconds('10m', now), `${now / 1000 - 600}.000000000`);
    assert.equal(unixSeconds('2026-01-01T00:00:01.25Z', now), `${now / 1000 + 1}.250000000`);
    assert.equal(unixSeconds('2026-01-01T01:00:00+01:00', now), `${now / 1000}.000000000`);
    assert.throws(() => unixSeconds('zz', now));
  });
});
