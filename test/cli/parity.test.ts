// The same command lines through the docker CLI and through ours, against one engine: what they print must not differ.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientVersion } from '../../runtime/src/cli/version-number.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { coracleCli, dockerCli, requireDockerCli } from '../helpers/clients.ts';
import type { Cli } from '../helpers/clients.ts';
import { root } from '../helpers/paths.ts';
import type { Finished } from '../helpers/run.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import type { TempDaemon } from '../helpers/temp-daemon.ts';

const image = 'coracle-parity:1';

/** Command lines, split at blanks; what stands in double quotes is one word. */
const commandLines = String.raw`
ps -a --no-trunc
ps -aq
ps --format json
ps --format "{{json .}}"
ps -a --format "table {{.Names}}\t{{.Label \"a\"}}\t{{.Ports}}\t{{upper .Image}}\t{{.Mounts}}"
ps -a --filter label=a=b --format "{{.Names}} {{.State}} {{.Size}} {{json .Labels}}"
ps --format "{{.Nope}}"
ps --format "{{"
ps --filter nope
ps --filter nope=1
images
images --digests --no-trunc
images --format json
images --filter reference=coracle-parity
history IMAGE
history --no-trunc --format json IMAGE
network ls
network ls --format json
network inspect bridge
network inspect nope
volume ls
volume ls --format json
volume inspect data
volume inspect nope
inspect up
inspect -s done
inspect nope
inspect up nope
inspect --type image up
inspect -f "{{.Name}} {{.State.Status}} {{json .Config.Labels}} {{.HostConfig.Binds}} {{len .Mounts}}" up
inspect -f "{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}};{{end}}" up
inspect -f "{{.Nope}}" up
inspect -f json up
image inspect IMAGE
logs done
logs --tail 1 done
logs --tail 0 nope
port up
port up 80
port up 99
top up -o pid,comm
diff up
exec up sh -c "echo out; echo err >&2; exit 7"
exec -w /tmp -e A=b -u 1:2 up sh -c "pwd; echo $A; id"
exec done true
exec up nope
run --rm --network none IMAGE sh -c "echo out; echo err >&2; exit 9"
run --rm --network none IMAGE nope
run --rm --network none IMAGE /etc
run --network none IMAGE nope
run --rm --network none --name up IMAGE
run --rm --network none -v /a:/b:zz IMAGE
run --rm -p 70000:1 IMAGE
run --memory z IMAGE
run --nope
run -Z
run
start nope
start done nope
stop nope
kill -s zz up
rm up
rm nope
rmi IMAGE
rmi nope
tag IMAGE A
tag nope a:b
rename up
rename nope other
wait done nope
pause done
unpause up
update --nope up
cp up:/nope x
cp a b
cp up:/etc/passwd -
export nope
save nope
network nope
nope
events --since 1h --until 0s --filter type=volume
events --since 1h --until 0s --filter event=create --format "{{.Type}} {{.Status}} {{.From}} {{.Scope}} {{.ID}}"
system df
system df -v
system prune
system prune --all --volumes --filter label=x
system prune --volumes --filter until=1h
container prune
builder prune
builder prune --all
builder prune extra
builder prune --filter nope
builder prune --keep-storage nope
builder prune --force --filter nope=1
builder nope
`;

function words(line: string): string[] {
  const parts = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return parts.map((part) =>
    part
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('\\"', '"')
      .replace('IMAGE', image),
  );
}

/** Our name for the program; docker's help of the same thing. */
function comparable(result: Finished): Finished {
  const rename = (text: string) =>
    text
      // Where buildx is not there.
      .replace(/^DEPRECATED: The legacy builder(?:.*\n)*?\n/, '')
      .replaceAll(/\bdocker: /g, 'coracle: ')
      .replaceAll("'docker ", "'coracle ")
      .replaceAll('Usage:  docker', 'Usage:  coracle')
      .replaceAll('command: docker', 'command: coracle')
      .replace(/^See '(coracle[^']*)' for more/m, "Run '$1' for more")
      .replace(/^SRun /m, 'Run ');
  return { code: result.code, stdout: rename(result.stdout), stderr: rename(result.stderr) };
}

/** Ages change between two calls. */
function ageless(result: Finished): Finished {
  const blur = (text: string) =>
    text
      .replaceAll(/(?:Less than a|About an?|\d+) (?:second|minute|hour)s?(?: ago)? */g, 'some time ')
      .replaceAll(/CREATED +STATUS +/g, 'CREATED STATUS ');
  return { ...result, stdout: blur(result.stdout) };
}

describe("cli: prints what docker's prints", () => {
  let daemon: TempDaemon;
  let docker: Cli;
  let coracle: Cli;

  before(async function () {
    requireDockerCli(this);
    requireDaemon(this);
    daemon = await startDaemon();
    [docker, coracle] = [dockerCli(daemon.host), coracleCli(daemon.host)];
    const setUp = async (...args: string[]) => assert.equal((await coracle(args)).code, 0, args.join(' '));
    assert.equal((await coracle(['load'], { input: await busyboxArchive(image) })).code, 0);
    await setUp(
      'run',
      '-d',
      '--name',
      'up',
      '-l',
      'a=b',
      '-v',
      'data:/data',
      '-p',
      '127.0.0.1:0:80',
      image,
      'sleep',
      '600',
    );
    const script = 'echo out; echo err >&2; exit 3';
    assert.equal((await coracle(['run', '--name', 'done', '--network', 'none', image, 'sh', '-c', script])).code, 3);
  });

  after(async () => await daemon?.[Symbol.asyncDispose]());

  for (const line of commandLines.trim().split('\n')) {
    it(line, async () => {
      const wanted = ageless(comparable(await docker(words(line))));
      assert.deepEqual(ageless(await coracle(words(line))), wanted);
    });
  }
});

describe('cli: version', () => {
  it("is the manifest's", () => {
    const manifest = JSON.parse(readFileSync(join(root, 'runtime/package.json'), 'utf8')) as { version: string };
    assert.equal(clientVersion, manifest.version);
  });
});
