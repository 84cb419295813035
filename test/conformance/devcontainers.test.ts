// Dev Containers, unchanged, on the engine: what `devcontainer up`, `exec` and `build` make of images, Dockerfiles, Features and Compose
// files, with the builders and the Compose that people have.

import { image, useEngine } from './engine.ts';
import { buildClients, buildClientSuites, requireBuildClients } from '../helpers/build-clients.ts';
import { devPrelude, helloFeature, requireComposeOfPython, type Workspace } from '../helpers/devcontainers.ts';
import { shellCases, type ShellCase } from './shell-cases.ts';

type DevCase = ShellCase & Workspace;

const [suite = ''] = buildClientSuites;
const isOurs = process.env['CONFORMANCE_HOST'] === undefined;

/** A user, as images for development have one. */
const withUser = `RUN echo dev:x:1000:1000::/home/dev:/bin/sh >>/etc/passwd && echo dev:x:1000: >>/etc/group && mkdir -p /home/dev && chown 1000:1000 /home/dev`;
const features = { './hello': { greeting: 'hi' } };
/** What the Feature has done, as its user sees it. */
const seesFeature = 'hello; cat /usr/local/share/hello-for /begun; echo $HELLO_PATH; ls -d /of-feature; cat /tmp/order';
const featureSeen = (user: string, home: string, order: string): string =>
  `hi ${user}\n${user} ${home} root\nbegun\n/opt/hello:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/of-feature\n${order}`;

/** A Dockerfile with arguments and a stage that is not wanted, under a Feature. */
const dockerfile = `FROM ${image} AS dev\nARG V\nRUN echo $V >/v\n${withUser}\nCOPY file /file\nFROM dev AS last\nRUN echo too much >>/v`;
const built: Workspace = {
  configuration: {
    build: { dockerfile: 'Dockerfile', context: '..', target: 'dev', args: { V: '7' } },
    features,
    remoteUser: 'dev',
    postCreateCommand: 'echo own >>/tmp/order',
  },
  files: { ...helloFeature, '.devcontainer/Dockerfile': dockerfile, file: 'of the context' },
};
const seen = `inside 'cat /v /file; ${seesFeature}; id -un'`;
const seenBuilt = `success\n7\nof the context\n${featureSeen('dev', '/home/dev', 'feature\nown\n')}dev\n`;

describe('conformance: Dev Containers', () => {
  before(function (this: Mocha.Context) {
    requireBuildClients(this, suite);
  });
  const engine = useEngine();
  const cases = (rows: readonly DevCase[]): void =>
    shellCases(
      engine,
      rows.map(({ script, rootless, ...row }) => {
        const whole = (own: string): string => `${devPrelude(buildClients(suite), row, isOurs)}\n${own}`;
        const otherwise = rootless && { rootless: { ...rootless, script: whole(rootless.script ?? script) } };
        return { ...row, script: whole(script), ...otherwise };
      }),
    );

  describe('an image', () => {
    cases([
      {
        title:
          'mounts, variables, ports, arguments of run, each command of its life in its turn, and what read-configuration says',
        configuration: {
          image,
          mounts: [
            'source=v-${devcontainerId},target=/vol,type=volume',
            { type: 'bind', source: '${localWorkspaceFolder}/sub', target: '/sub' },
          ],
          runArgs: ['--hostname', 'the-box', '--label', 'more=1'],
          containerEnv: { ONE: '1' },
          remoteEnv: { TWO: '${containerEnv:ONE}2' },
          appPort: [18123],
          forwardPorts: [3000],
          onCreateCommand: 'echo onCreate >>/order',
          updateContentCommand: ['sh', '-c', 'echo updateContent >>/order'],
          postCreateCommand: { shell: 'echo postCreate >>/order', direct: ['touch', '/direct'] },
          postStartCommand: 'echo postStart >>/order; httpd -f -p 18123 -h /sub >/dev/null 2>&1 &',
          postAttachCommand: 'echo postAttach $TWO >>/order',
        },
        files: { 'sub/file': 'of the host' },
        script: `show() { dev read-configuration --include-merged-configuration | grep -oE '"(TWO|postStartCommands?)":("[^"]*"|\\[[^]]*\\])' | sort -u | cut -c-40; }
show; up && show; inside 'cat /order /sub/file; ls -d /vol /direct; hostname; pwd; echo $ONE $TWO; exit 3'; echo $?
until curl -sf http://127.0.0.1:18123/file; do sleep 0.1; done`,
        stdout:
          '"TWO":"${containerEnv:ONE}2"\n"postStartCommand":"echo postStart >>/or\n"postStartCommands":["echo postStart >>/\nsuccess\n"TWO":"12"\n"postStartCommand":"echo postStart >>/or\n"postStartCommands":["echo postStart >>/\nonCreate\nupdateContent\npostCreate\npostStart\npostAttach 12\nof the host\n/direct\n/vol\nthe-box\n/workspaces/ws\n1 12\n3\nof the host\n',
      },
      {
        title: 'is found while it runs, started after it was stopped, and made anew where that is asked for',
        configuration: { image, onCreateCommand: 'echo created >>/order', postStartCommand: 'echo started >>/order' },
        script: `dev up --expect-existing-container | field outcome
id() { dev up "$@" | field containerId; }
one=$(id); [ $one = $(id) ] && docker stop -t 0 $one >/dev/null && [ $one = $(id --expect-existing-container) ] && docker exec $one cat /order
two=$(id --remove-existing-container); [ $one != $two ] && docker exec $two cat /order; [ $(docker ps -aq --no-trunc) = $two ]`,
        stdout: 'error\ncreated\nstarted\nstarted\ncreated\nstarted\n',
      },
      {
        title: 'a command that fails is named, with what it said, and the container is there',
        configuration: {
          image,
          postCreateCommand: 'echo said $SECRET | tr a-z A-Z; exit 4',
          postStartCommand: 'false',
        },
        script: `echo '{"SECRET":"word"}' >$T/secrets; out=$(dev up --secrets-file $T/secrets 2>$T/log); echo $?
echo "$out" | field description; grep -o 'SAID.*' $T/log; inside 'echo here'`,
        stdout: '1\npostCreateCommand from devcontainer.json failed.\nSAID WORD\nhere\n',
      },
      {
        title: 'what debuggers need, and an init',
        needsLinux: 'capabilities, seccomp and an init',
        configuration: { image, init: true, capAdd: ['SYS_PTRACE'], securityOpt: ['seccomp=unconfined'] },
        script: `up && inside 'cat /proc/1/comm; sed -n "s/^Seccomp:.//p" /proc/1/status; echo $((0x$(sed -n "s/^CapBnd:.//p" /proc/1/status) >> 19 & 1))'`,
        stdout: 'success\ndocker-init\n0\n1\n',
      },
      {
        title: 'its own command instead of one that waits, a volume as workspace, and arguments of the command line',
        configuration: {
          image,
          overrideCommand: false,
          workspaceMount: 'source=dev-workspace,target=/work,type=volume',
          workspaceFolder: '/work',
          runArgs: ['--entrypoint', 'sleep', '--name', 'dev-by-name'],
        },
        script: `docker build -qt $N:1 - >/dev/null <<<$'FROM ${image}\\nENTRYPOINT ["sleep","600"]\\nCMD []'
sed -i 's/"${image}"/"'$N':1"/' .devcontainer/devcontainer.json
up --mount type=volume,source=dev-more,target=/more,external=true --id-label a=b --remote-env R=r
dev exec --id-label a=b --remote-env R=r sh -c 'pwd; ls -d /more; echo $R'; docker inspect -f '{{.Name}} {{.Args}}' $(docker ps -q --filter label=a=b) | grep -o '^/dev-by-name\\|sleep 600'`,
        stdout: 'success\n/work\n/more\nr\n/dev-by-name\nsleep 600\n',
      },
    ]);
  });

  describe('a build', () => {
    cases([
      { title: 'of a Dockerfile with a Feature of the folder', ...built, script: `up && ${seen}`, stdout: seenBuilt },
      {
        title: 'of the same by the classic builder',
        ...built,
        script: `export DOCKER_BUILDKIT=0; up --buildkit never && ${seen}`,
        stdout: seenBuilt,
      },
      {
        title: '--image-name names an image that another takes with all of its Features; nothing is built twice',
        configuration: { image, features, containerEnv: { ONE: '1' }, remoteEnv: { TWO: '2' } },
        files: helloFeature,
        script: `dev build --image-name $N:1 --image-name $N:2 | field outcome; dev build --image-name $N:3 2>&1 | grep -cE '^#[0-9]+ CACHED'
docker image inspect -f '{{.Id}}' $N:1 $N:2 $N:3 | uniq | wc -l
ws=$T/other; mkdir $ws; echo '{"image":"'$N':2"}' >$ws/.devcontainer.json
up; inside '${seesFeature}; echo $ONE $TWO'`,
        stdout: new RegExp(
          `^success\\n[1-9][0-9]*\\n1\\nsuccess\\n${featureSeen('root', '/root', 'feature\n')}1 2\\n$`,
        ),
      },
    ]);
  });

  // It builds with engines of ours only.
  if (isOurs) {
    describe('our own command line in the place of docker', () => {
      cases([
        {
          title: 'builds and runs the same',
          ...built,
          script: `with="--docker-path $CORACLE"; up && ${seen}`,
          stdout: seenBuilt,
        },
      ]);
    });
  }

  describe('the user', () => {
    cases([
      {
        title: "has the ids of whoever calls, and the files of the workspace are the same one's here and there",
        configuration: { build: { dockerfile: 'Dockerfile' }, remoteUser: 'dev' },
        files: { '.devcontainer/Dockerfile': `FROM ${image}\n${withUser}\nUSER dev` },
        // Who calls has to have a name, and ids that the image gives to nobody; what is root's is opened all the same.
        script: `cp -a $OWN $T/tmp/devcontainercli-games; chown -R games:games $T/ws $T/tmp $T/config
as='setpriv --reuid=games --regid=games --clear-groups --inh-caps=+dac_override --ambient-caps=+dac_override'
up && inside 'id; touch made; stat -c "%u %g" $HOME'; stat -c '%u %g' made`,
        stdout: /^success\nuid=5\(dev\) gid=60\(dev\).*\n5 60\n5 60\n$/,
        // Their ids are others outside, as with dockerd without root: only root of the container is who called.
        rootless: {
          script: `up && inside 'id; stat -c "%u %g" $HOME'`,
          stdout: /^success\nuid=54321\(dev\) gid=54321\(dev\).*\n54321 54321\n$/,
        },
      },
    ]);
  });

  describe('Compose', () => {
    const composed: Workspace = {
      configuration: {
        dockerComposeFile: 'docker-compose.yml',
        service: 'app',
        runServices: ['db'],
        workspaceFolder: '/workspace',
        features,
        remoteUser: 'dev',
        containerEnv: { ONE: '1' },
      },
      files: {
        ...helloFeature,
        '.devcontainer/Dockerfile': `FROM ${image}\n${withUser}`,
        '.devcontainer/docker-compose.yml': `version: '3.8'
services:
  app:
    build: { context: ., dockerfile: Dockerfile }
    volumes: ['..:/workspace:cached']
    command: sleep infinity
    depends_on: [db]
  db:
    image: ${image}
    command: ['sh', '-c', 'mkdir /www; echo of the database >/www/i; exec httpd -f -p 5432 -h /www']
    volumes: ['data:/data']
volumes:
  data:
`,
      },
    };
    const script = `up && inside '${seesFeature}; pwd; echo $ONE; until wget -qO- http://db:5432/i; do sleep 0.1; done'
one=$(docker ps -q --filter label=com.docker.compose.service=app); docker stop -t 0 $(docker ps -q) >/dev/null; up; docker ps -q | grep -c $one; docker ps -q | wc -l`;
    const stdout = `success\n${featureSeen('dev', '/home/dev', 'feature\n')}/workspace\n1\nof the database\nsuccess\n1\n2\n`;
    cases([
      {
        title: 'of Go: services that find each other, with a Feature; all are started again',
        ...composed,
        script,
        stdout,
      },
    ]);

    describe('of Python, with a docker without plugins', () => {
      before(function (this: Mocha.Context) {
        requireComposeOfPython(this);
      });
      cases([
        {
          title: 'the same',
          ...composed,
          script: `with="--docker-compose-path /usr/bin/docker-compose"; rm -r $DOCKER_CONFIG/config.json\n${script}`,
          stdout,
        },
      ]);
    });
  });
});
