// Which addresses a container reaches through the host's sockets, in every form that there is for them.

import assert from 'node:assert/strict';
import { closedRange, isOwn, plain } from '../../runtime/src/host/portable/network/outside.ts';
import { hostsOf } from '../../runtime/src/host/portable/network/names.ts';
import { formatAddress, parseAddress, type Address } from '../../runtime/src/spec/address.ts';

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

describe('networks: addresses of the outside', () => {
  it('closes what only the host is meant to reach, also where IPv6 wraps it', () => {
    const closed = [
      '0.0.0.0',
      '0.1.2.3',
      '127.0.0.1',
      '127.255.255.254',
      '169.254.0.1',
      '169.254.169.254',
      '169.254.170.2',
      '224.0.0.1',
      '239.255.255.250',
      '240.0.0.1',
      '255.255.255.255',
      '100.100.100.200',
      '168.63.129.16',
      '192.0.0.192',
      '::',
      '::1',
      '::7f00:1',
      '::127.0.0.1',
      '::ffff:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '::ffff:0:127.0.0.1',
      '64:ff9b::127.0.0.1',
      '64:ff9b::a9fe:a9fe',
      '64:ff9b:1::169.254.169.254',
      '2002:7f00:1::',
      '2002:a9fe:a9fe::1',
      '2001:0:1:2:3:4:5:6',
      'fe80::1',
      'febf:ffff::1',
      'fec0::1',
      'ff02::1',
      'fd00:ec2::254',
      'fd20:ce::254',
    ];
    for (const text of closed) assert.notEqual(closedRange(address(text)), undefined, text);
  });

  it('leaves open what bridges would reach', () => {
    const open = [
      '1.1.1.1',
      '10.0.0.1',
      '126.255.255.255',
      '128.0.0.1',
      '169.253.255.255',
      '169.255.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '100.100.100.201',
      '223.255.255.255',
      '::ffff:8.8.8.8',
      '64:ff9b::8.8.8.8',
      '2002:808:808::1',
      '2001:4860:4860::8888',
      '2606:4700::1111',
      'fd12:3456::1',
    ];
    for (const text of open) assert.equal(closedRange(address(text)), undefined, text);
  });

  it('sees through mapped addresses, and knows the own ones', () => {
    assert.equal(formatAddress(plain(address('::ffff:10.1.2.3'))), '10.1.2.3');
    assert.equal(formatAddress(plain(address('::ffff:0a01:203'))), '10.1.2.3');
    assert.equal(formatAddress(plain(address('::10.1.2.3'))), '::a01:203');
    for (const own of ['0.0.0.0', '::', '127.9.9.9', '::1']) assert.ok(isOwn(address(own)), own);
    for (const other of ['128.0.0.1', '::2', '10.0.0.1']) assert.ok(!isOwn(address(other)), other);
  });

  it('takes no other writing of an address for one', () => {
    for (const text of [
      '127.1',
      '0177.0.0.1',
      '0x7f.1',
      '2130706433',
      '127.0.0.1.',
      '1.2.3.256',
      '::1%lo',
      '[::1]',
      '',
      ' 127.0.0.1',
    ])
      assert.equal(parseAddress(text), undefined, text);
  });

  it('reads hosts files as they are written, and believes no name that is none of an address', () => {
    const text = '# 1.1.1.1 no\n10.0.0.1\tweb www # comment\n::1 localhost\nnonsense web\n10.0.0.2 WEB\n\n10.0.0.3\n';
    assert.deepEqual(hostsOf(text, 'web'), ['10.0.0.1', '10.0.0.2']);
    assert.deepEqual(hostsOf(text, 'no'), []);
    assert.deepEqual(hostsOf(text, '__proto__'), []);
    assert.deepEqual(hostsOf(`${' '.repeat(100_000)}x\n`, 'x'), []);
  });
});
