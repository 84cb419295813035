import assert from 'node:assert/strict';
import { createLogger } from '../../runtime/src/daemon/json-logger.ts';

describe('daemon logger', () => {
  it('writes JSON lines, with fields of parents, above its level', () => {
    const lines: string[] = [];
    const logger = createLogger('json', 'info', (line) => lines.push(line));
    const child = logger.child({ room: 'x' });
    child.debug('unseen');
    child.info('seen', { size: 2n ** 60n, error: new Error('bad') });
    logger.setLevel('debug');
    child.debug('now seen');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      entries.map(({ msg }) => msg),
      ['seen', 'now seen'],
    );
    assert.deepEqual(
      { ...entries[0], time: '' },
      { time: '', level: 'info', msg: 'seen', room: 'x', size: '1152921504606846976', error: 'bad' },
    );
  });

  it('writes text that cannot be forged by a value', () => {
    const lines: string[] = [];
    createLogger('text', 'info', (line) => lines.push(line)).warn('two words', {
      name: 'a\nlevel=error',
      path: '/a/b',
    });
    assert.match(lines.join(''), /^time=\S+ level=warn msg="two words" name="a\\nlevel=error" path=\/a\/b\n$/);
  });
});
