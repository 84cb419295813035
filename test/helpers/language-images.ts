// The base images that our container files name, out of this machine's own programs: Python, Go and nginx of Debian, each laid out as
// the image on Docker Hub is where a Dockerfile can tell.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxRootfs, dockerArchive } from './busybox-image.ts';
import { HostLayer } from './host-files.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const languageImages: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  'python:3.14-slim': () => pythonArchive('python:3.14-slim'),
  'golang:1.19': () => goArchive('golang:1.19'),
  'nginxinc/nginx-unprivileged:1.29-alpine': () => nginxArchive('nginxinc/nginx-unprivileged:1.29-alpine'),
};

async function pythonArchive(tag: string): Promise<Uint8Array> {
  const layer = new HostLayer();
  layer.program('/usr/bin/python3');
  for (const name of ['python', 'python3']) layer.link(`usr/local/bin/${name}`, '/usr/bin/python3');
  const library = '/usr/lib/python3.11';
  layer.folder(
    library,
    library.slice(1),
    (name) => !/^(?:__pycache__|config-.*|test|lib2to3|sitecustomize\.py)$/.test(name),
  );
  const modules = join(library, 'lib-dynload');
  for (const name of readdirSync(modules)) if (name.endsWith('.so')) layer.program(join(modules, name));
  // pip and setuptools, which every new environment gets.
  layer.folder('/usr/share/python-wheels', 'usr/share/python-wheels', () => true);
  // Debian's own image has it, and the container files make their user with it.
  layer.program('/usr/sbin/useradd');
  layer.file('/etc/login.defs');
  const env = [`PATH=${usualPath}`, 'LANG=C.UTF-8'];
  return dockerArchive(tag, [await busyboxRootfs(), await layer.tar()], { Cmd: ['python3'], Env: env });
}

async function goArchive(tag: string): Promise<Uint8Array> {
  const layer = new HostLayer();
  const from = '/usr/lib/go-1.19';
  const to = 'usr/local/go';
  layer.program(`${from}/bin/go`, `${to}/bin/go`);
  layer.text(`${to}/VERSION`, 'go1.19');
  for (const tool of ['asm', 'compile', 'link', 'buildid']) {
    layer.program(`${from}/pkg/tool/linux_amd64/${tool}`, `${to}/pkg/tool/linux_amd64/${tool}`);
  }
  layer.folder('/usr/share/go-1.19/pkg/include', `${to}/pkg/include`, () => true);
  layer.folder(
    '/usr/share/go-1.19/src',
    `${to}/src`,
    (name) => !/^(?:cmd|testdata|.*_test\.go|.*\.bash|.*\.bat|.*\.rc)$/.test(name),
  );
  layer.file('/etc/ssl/certs/ca-certificates.crt');
  const env = [`PATH=/usr/local/go/bin:${usualPath}`, 'GOPATH=/go', 'GOROOT=/usr/local/go', 'GOTOOLCHAIN=local'];
  return dockerArchive(tag, [await busyboxRootfs(), await layer.tar()], { Cmd: ['sh'], Env: env, WorkingDir: '/go' });
}

const nginxConfiguration = `pid /tmp/nginx.pid;
events {}
http {
  include mime.types;
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  scgi_temp_path /tmp/scgi;
  uwsgi_temp_path /tmp/uwsgi;
  server {
    listen 8080;
    root /usr/share/nginx/html;
  }
}
`;

async function nginxArchive(tag: string): Promise<Uint8Array> {
  const layer = new HostLayer();
  layer.program('/usr/sbin/nginx');
  layer.file('/etc/nginx/mime.types');
  layer.text('etc/nginx/nginx.conf', nginxConfiguration);
  const config = {
    Cmd: ['nginx', '-g', 'daemon off;'],
    Env: [`PATH=${usualPath}`],
    User: '101',
    StopSignal: 'SIGQUIT',
  };
  return dockerArchive(tag, [await busyboxRootfs(), await layer.tar()], config);
}
