// The sockets that WasmEdge added to preview 1, in both versions, with programs that use nothing else.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { errno } from '../../../wasm/src/wasi/errno.ts';
import { skip } from '../../helpers/skip.ts';
import { makeUserLab, type UserLab } from '../../networks/user-lab.ts';
import { socketProgram } from './socket-guest.ts';

describe("wasm sockets: WasmEdge's", function () {
  this.timeout(300_000);
  let lab: UserLab;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang, lld, wasi-libc and libclang-rt-14-dev-wasm32');
    lab = await makeUserLab();
    await lab.room.networks.create({ Name: 'edge' } as Parameters<UserLab['room']['networks']['create']>[0]);
  });

  after(() => lab[Symbol.asyncDispose]());

  for (const version of [1, 2]) {
    it(`serve and fetch, version ${version}`, async () => {
      const program = await socketProgram('edge', `-DVERSION=${version}`);
      const server = await lab.start(`server${version}`, { mode: 'edge' });
      const client = await lab.start(`client${version}`, { mode: 'edge' });
      const refused = `datagrams ${errno.EPROTONOSUPPORT}\n`;
      const serving = server.runOther(program, 'serve', '8080', 'edge of the net');
      await serving.shows('listening 1\n');
      const getting = client.runOther(program, 'get', `server${version}`, '8080');
      assert.equal(
        await getting.shows(),
        `${refused}addresses 0 1 family 1 kind 2\nopen 0\nconnect 0\nedge of the net\n`,
      );
      assert.equal(
        await serving.shows(),
        `${refused}open 0\nreuse 0\nbind 0\nlisten 0\nlistening 1\npeer 0 type 4 ${client.address} port\nlocal 0 type 4 ${server.address} port\n`,
      );
      const unknown = client.runOther(program, 'get', 'nobody', '8080');
      assert.equal(await unknown.shows(), `${refused}addresses ${errno.ENOENT} 0 family 0 kind 0\n`);
      const closed = client.runOther(program, 'get', `server${version}`, 'http');
      assert.match(await closed.shows(), new RegExp(`connect ${errno.ECONNREFUSED}\n$`));
    });

    it(`listen at the loopback only, version ${version}`, async () => {
      const program = await socketProgram('edge', `-DVERSION=${version}`);
      const server = await lab.start(`inner${version}`, { mode: 'edge' });
      const client = await lab.start(`outer${version}`, { mode: 'edge' });
      const serving = server.runOther(program, 'serve-inside', '8080', 'from inside');
      await serving.shows('listening 1\n');
      for (const [from, name] of [
        [client, `inner${version}`],
        [server, `inner${version}`],
      ] as const) {
        const outside = from.runOther(program, 'get', name, '8080');
        assert.match(await outside.shows(), new RegExp(`connect ${errno.ECONNREFUSED}\n$`));
      }
      const inside = server.runOther(program, 'get', 'localhost', '8080');
      assert.match(await inside.shows(), /connect 0\nfrom inside\n$/);
      assert.match(await serving.shows(), /local 0 type 4 127\.0\.0\.1 port\n$/);
      const elsewhere = server.runOther(program, 'serve-elsewhere', '8081', 'never');
      assert.match(await elsewhere.shows('listening'), new RegExp(`listen ${errno.EADDRNOTAVAIL}\n`));
    });
  }
});
