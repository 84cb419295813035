import assert from 'node:assert/strict';
import {
  containerRows,
  contextRows,
  imageRows,
  layerRows,
  networkRows,
  portTexts,
  volumeRows,
} from '../../extension/src/views/rows.ts';
import type { ContainerOptions } from '../../extension/src/views/rows.ts';
import type { EngineLists } from '../../extension/src/model/engine-model.ts';

const id = (letter: string) => letter.repeat(64);
const lists: EngineLists = {
  containers: [
    {
      Id: id('a'),
      Names: ['/web'],
      Image: 'nginx',
      ImageID: 'sha256:1',
      State: 'running',
      Status: 'Up 3 hours (healthy)',
      Created: 3,
      Ports: [
        { PublicPort: 8080, PrivatePort: 80, Type: 'tcp', IP: '0.0.0.0' },
        { PublicPort: 8080, PrivatePort: 80, Type: 'tcp', IP: '::' },
        { PrivatePort: 443, Type: 'tcp' },
      ],
      Mounts: [{ Type: 'volume', Name: 'data', Destination: '/data' }],
      NetworkSettings: { Networks: { back: { IPAddress: '10.1.0.2' } } },
    },
    {
      Id: id('b'),
      Names: ['/shop-db-1'],
      State: 'exited',
      Status: 'Exited (3) 2 days ago',
      Created: 2,
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'db', team: 'x' },
    },
    {
      Id: id('c'),
      Names: ['/shop-api-1'],
      State: 'running',
      Created: 1,
      Health: { Status: 'unhealthy' },
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api' },
    },
  ],
  images: [
    { Id: 'sha256:1', RepoTags: ['nginx:latest'], Size: 2_000_000, Created: 1 },
    { Id: 'sha256:2', RepoTags: null, Size: 5_000_000, Created: 2 },
  ],
  volumes: [
    { Name: 'data', Driver: 'local' },
    { Name: 'alone', Driver: 'local' },
  ],
  networks: [
    { Id: id('d'), Name: 'back', Driver: 'bridge', Internal: true, IPAM: { Config: [{ Subnet: '10.1.0.0/24' }] } },
    { Id: id('e'), Name: 'host', Driver: 'host' },
  ],
};

const plain: ContainerOptions = { filter: '', sort: 'name', groupBy: 'none', label: '' };
const labels = (rows: readonly { readonly label: string }[]) => rows.map(({ label }) => label);

describe('extension: rows of containers', () => {
  it('groups by project, with the services in it', () => {
    const rows = containerRows(lists, { ...plain, groupBy: 'project' });
    assert.deepEqual(labels(rows), ['shop', 'web']);
    assert.deepEqual(labels(rows[0]?.children ?? []), ['api', 'db']);
    assert.equal(rows[0]?.description, '1 of 2 running');
    assert.equal(rows[0]?.context, 'project');
    assert.equal(rows[0]?.targets.length, 2);
    assert.equal(rows[0]?.children?.[1]?.context, 'container;exited;project');
  });

  it('groups by a label, and not by what every object has', () => {
    assert.deepEqual(labels(containerRows(lists, { ...plain, groupBy: 'label', label: 'team' })), [
      'x',
      'shop-api-1',
      'web',
    ]);
    assert.equal(containerRows(lists, { ...plain, groupBy: 'label', label: 'constructor' }).length, 3);
  });

  it('tells state, health, exit code and ports by words, and keeps ids through all states', () => {
    const [api, db, web] = containerRows(lists, plain);
    assert.equal(web?.description, 'running, healthy · 8080→80');
    assert.equal(api?.description, 'running, unhealthy');
    assert.equal(api?.icon, 'error');
    assert.equal(db?.description, 'exited (3)');
    assert.equal(web?.id, `container/${id('a')}`);
    assert.equal(web?.spoken, 'web, running, healthy');
  });

  it('filters by name, image, state and port, and sorts', () => {
    const found = (filter: string) => labels(containerRows(lists, { ...plain, filter }));
    assert.deepEqual(found('NGINX'), ['web']);
    assert.deepEqual(found('8080'), ['web']);
    assert.deepEqual(found('exited'), ['shop-db-1']);
    assert.deepEqual(found('.*'), []);
    assert.deepEqual(labels(containerRows(lists, { ...plain, sort: 'created' })), ['web', 'shop-db-1', 'shop-api-1']);
    assert.deepEqual(labels(containerRows(lists, { ...plain, sort: 'state' })), ['shop-api-1', 'web', 'shop-db-1']);
  });

  it('tells udp, and one port once', () => {
    assert.deepEqual(portTexts([{ PublicPort: 53, PrivatePort: 53, Type: 'udp' }]), ['53→53/udp']);
  });

  it('makes 1,000 rows in no time', () => {
    const containers = Array.from({ length: 1000 }, (_one, index) => ({
      Id: String(index),
      Names: [`/c${index}`],
      State: 'running',
    }));
    const begin = process.cpuUsage();
    assert.equal(containerRows({ ...lists, containers }, { ...plain, groupBy: 'project' }).length, 1000);
    assert.ok(process.cpuUsage(begin).user < 200_000, 'less than 200 ms of CPU');
  });
});

describe('extension: rows of the other trees', () => {
  it('tells images in use, without a name, and their layers', () => {
    const [first, second] = imageRows(lists, { filter: '', sort: 'size' });
    assert.deepEqual([first?.context, first?.description], ['image;dangling', '5MB · no name']);
    assert.deepEqual([second?.label, second?.description], ['nginx:latest', '2MB · in use']);
    assert.ok(second !== undefined);
    const layers = layerRows(second, [
      { CreatedBy: '/bin/sh -c #(nop)  CMD ["x"]', Size: 0 },
      { CreatedBy: 'RUN a\n  b', Size: 1000 },
    ]);
    assert.deepEqual(
      layers.map(({ description }) => description),
      ['CMD ["x"]', 'RUN a b'],
    );
    assert.equal(new Set(layers.map((layer) => layer.id)).size, 2);
  });

  it('tells who uses a volume, and who is in a network', () => {
    assert.deepEqual(
      volumeRows(lists, { filter: '', sort: '' }).map(({ description }) => description),
      ['not in use', 'used by web'],
    );
    const sizes = new Map([['data', 2_000_000]]);
    assert.deepEqual(
      volumeRows(lists, { filter: 'data', sort: '', sizes }).map(({ description }) => description),
      ['2MB · used by web'],
    );
    const [back, host] = networkRows(lists, { filter: '', sort: '' });
    assert.equal(back?.description, 'bridge · internal · 10.1.0.0/24');
    assert.deepEqual(
      back?.children?.map(({ label, description }) => [label, description]),
      [['web', '10.1.0.2']],
    );
    assert.equal(back?.context, 'network;own');
    assert.equal(host?.context, 'network;builtin');
  });

  it('tells which context is in use', () => {
    const rows = contextRows([
      { name: 'default', host: 'unix:///a', description: 'Own', isCurrent: true, isStored: false },
      { name: 'far', host: 'tcp://b:2376', description: '', isCurrent: false, isStored: true },
    ]);
    assert.deepEqual(
      rows.map(({ context }) => context),
      ['context;current;known', 'context;other;stored'],
    );
    assert.deepEqual(
      rows.map(({ description }) => description),
      ['in use · Own', 'tcp://b:2376'],
    );
  });
});
