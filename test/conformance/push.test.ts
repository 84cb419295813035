// `docker push`: to a real registry, with and without credentials, and what is told of it.

import assert from 'node:assert/strict';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { useEngine } from './engine.ts';

interface Line {
  readonly status?: string;
  readonly id?: string;
  readonly aux?: { readonly Tag: string; readonly Digest: string; readonly Size: number };
  readonly error?: string;
}

describe('conformance: push', () => {
  const engine = useEngine();
  let registry: Registry | undefined;
  let guarded: Registry | undefined;
  before(async function () {
    requireRegistry(this);
    registry = await startRegistry();
    guarded = await startRegistry({ user: { name: 'me', password: 'secret' } });
  });
  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    await guarded?.[Symbol.asyncDispose]();
  });
  const address = () => registry?.address ?? '';

  /** The lines of a push by dockerode. */
  async function push(name: string, options: object = {}): Promise<readonly Line[]> {
    const { docker } = engine();
    const stream = await docker.getImage(name).push(options);
    return await new Promise((resolve, reject) => {
      docker.modem.followProgress(stream, (error, lines) => {
        const told = (lines ?? []) as readonly Line[];
        if (error === null || told.some((line) => line.error !== undefined)) resolve(told);
        else reject(error);
      });
    });
  }

  it('sends an image that was made here, and it comes back the same', async () => {
    const name = `${address()}/made:1`;
    const { code, stdout, stderr } = await engine().sh(
      `docker build -q -t ${name} - <<END
FROM $IMG
RUN echo hello >/hello
END
docker push ${name}
id=$(docker inspect -f '{{.Id}}' ${name})
docker rmi ${name} >/dev/null
docker pull -q ${name}
[ "$id" = "$(docker inspect -f '{{.Id}}' ${name})" ] && docker run --rm ${name} cat /hello`,
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`The push refers to repository \\[${address()}/made\\]`));
    assert.match(stdout, /: Pushed$/m);
    assert.match(stdout, /^1: digest: sha256:[a-f0-9]{64} size: \d+$/m);
    assert.match(stdout, /^hello$/m);
  });

  it('tells by its lines what was sent, what was there, and the digest that the registry has', async () => {
    await engine().sh(`docker tag $IMG ${address()}/lines:1`);
    const { Layers: layers = [] } = (await engine().docker.getImage(`${address()}/lines:1`).inspect()).RootFS;
    const first = await push(`${address()}/lines`, { tag: '1' });
    assert.equal(first[0]?.status, `The push refers to repository [${address()}/lines]`);
    assert.deepEqual(
      first.filter(({ id, status }) => id !== undefined && status !== 'Pushing').map(({ status }) => status),
      [...layers.map(() => 'Preparing'), ...layers.map(() => 'Pushed')],
    );
    const { Tag = '', Digest = '', Size = 0 } = first.at(-1)?.aux ?? {};
    assert.equal(Tag, '1');
    assert.equal(first.at(-2)?.status, `1: digest: ${Digest} size: ${Size}`);
    const manifest = await fetch(`http://${address()}/v2/lines/manifests/1`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    assert.equal(manifest.headers.get('docker-content-digest'), Digest);
    assert.equal((await manifest.arrayBuffer()).byteLength, Size);
    const inspected = await engine().docker.getImage(`${address()}/lines:1`).inspect();
    assert(inspected.RepoDigests.includes(`${address()}/lines@${Digest}`));
    const second = await push(`${address()}/lines`, { tag: '1' });
    assert.deepEqual(
      second.filter(({ id }) => id !== undefined).map(({ status }) => status),
      [...layers.map(() => 'Preparing'), ...layers.map(() => 'Layer already exists')],
    );
    assert.equal(second.at(-1)?.aux?.Digest, Digest);
  });

  it('gives back what came from a registry with the digest that it had', async () => {
    const { stdout, code, stderr } = await engine().sh(
      `printf 'FROM %s\\nRUN date >/date' $IMG | docker build -q -t ${address()}/origin:1 - && docker push -q ${address()}/origin:1 &&
docker rmi -f ${address()}/origin:1 && docker builder prune -af && docker pull -q ${address()}/origin:1 &&
docker tag ${address()}/origin:1 ${address()}/copy:1 && docker push -q ${address()}/copy:1 || exit
for name in origin copy; do
  curl -sfI -H 'Accept: application/vnd.oci.image.manifest.v1+json' http://${address()}/v2/$name/manifests/1 | grep -i docker-content-digest
done`,
    );
    assert.equal(code, 0, stderr);
    const digests = stdout.split('\n').filter((line) => /^docker-content-digest/i.test(line));
    assert.equal(digests.length, 2);
    assert.equal(digests[0], digests[1]);
  });

  it('sends all tags of a repository when it is told so', async () => {
    const { code, stdout, stderr } = await engine().sh(
      `for tag in a b c; do docker tag $IMG ${address()}/all:$tag; done
docker push -a ${address()}/all >/dev/null && curl -sf http://${address()}/v2/all/tags/list`,
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual((JSON.parse(stdout) as { tags: string[] }).tags.toSorted(), ['a', 'b', 'c']);
  });

  it('lets nobody in without the right words', async () => {
    const name = `${guarded?.address}/mine:1`;
    await engine().sh(`docker tag $IMG ${name}`);
    const refused = await push(name);
    assert.match(refused.at(-1)?.error ?? '', /unauthorized|authentication required|no basic auth/i);
    const wrong = await push(name, { authconfig: { username: 'me', password: 'wrong' } });
    assert.match(wrong.at(-1)?.error ?? '', /unauthorized|authentication required/i);
    const sent = await push(name, { authconfig: { username: 'me', password: 'secret' } });
    assert.equal(sent.at(-1)?.aux?.Tag, '1');
  });

  it('says what there is nothing of, and who does not answer', async () => {
    const tell = async (command: string) => {
      const { code, stderr } = await engine().sh(command);
      return `${code} ${stderr.trim()}`;
    };
    assert.equal(await tell(`docker push ${address()}/nothing`), `1 tag does not exist: ${address()}/nothing:latest`);
    // Nobody has asked Docker Hub: it is not what says so.
    assert.equal(await tell('docker push team/nothing'), '1 tag does not exist: team/nothing:latest');
    assert.equal(
      await tell(`docker push -a ${address()}/nothing`),
      `1 An image does not exist locally with the tag: ${address()}/nothing`,
    );
    await engine().sh(`docker tag $IMG 127.0.0.1:1/gone:1`);
    assert.match(await tell(`docker push 127.0.0.1:1/gone:1`), /^1 .*(connection refused|ECONNREFUSED)/i);
  });

  it('tells others of it', async () => {
    const { stdout, code, stderr } = await engine().sh(
      `docker tag $IMG ${address()}/told:1; docker push -q ${address()}/told:1 >/dev/null
docker events --since 1m --until $(($(date +%s) + 1)) --filter event=push --format '{{.Type}} {{.Action}} {{.Actor.ID}}' | tail -1`,
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `image push ${address()}/told:1\n`);
  });
});
