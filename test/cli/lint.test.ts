// `coracle lint` as CI runs it: files and standard input, formats, configuration, thresholds, fixes.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coracleBinary } from '../helpers/paths.ts';
import { run, runOk } from '../helpers/run.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';

const bad = 'FROM debian:12\nMAINTAINER me <a@b>\nRUN apt-get install -y --no-install-recommends a\n';
const clean = 'FROM debian:12\nUSER 1\n';
const style = 'FROM debian:12\nLABEL A=1\n';

describe('cli: lint', () => {
  let folder: TempFolder;

  beforeEach(async () => {
    folder = await makeTempFolder();
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  function put(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), text);
    }
  }

  async function lint(args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}) {
    const env = { HOME: folder.path, XDG_CONFIG_HOME: join(folder.path, 'config'), ...options.env };
    const input = options.input === undefined ? {} : { input: options.input };
    return await run(coracleBinary, ['lint', '--no-shellcheck', ...args], { cwd: folder.path, env, ...input });
  }

  const names = (output: string) => output.split('\n').flatMap((line) => /^\S+ (\w+)/.exec(line)?.[1] ?? []);

  it('names file, line, column, rule and severity, and exits with 1', async () => {
    put({ Dockerfile: bad });
    const { code, stdout, stderr } = await lint(['Dockerfile']);
    assert.equal(code, 1);
    assert.equal(stderr, '');
    assert.match(stdout, /^Dockerfile:2:1 MaintainerDeprecated \(DL4000\) error: .+\n/);
    assert.deepEqual(names(stdout), ['MaintainerDeprecated', 'DL3008']);
  });

  it('takes folders, several files and standard input', async () => {
    put({ Dockerfile: bad, 'a/web.Dockerfile': bad, 'a/other.txt': bad, 'b/Dockerfile': clean });
    const found = (output: string) => [...new Set(output.match(/^[^:]+/gm))];
    assert.deepEqual(found((await lint([])).stdout), ['Dockerfile', 'a/web.Dockerfile']);
    assert.deepEqual(found((await lint(['b', 'a'])).stdout), ['a/web.Dockerfile']);
    const { code, stdout } = await lint(['-'], { input: bad });
    assert.deepEqual([code, found(stdout)], [1, ['-']]);
    assert.deepEqual(await lint(['-'], { input: clean }), { code: 0, stdout: '', stderr: '' });
  });

  it('says what is wrong with its own arguments', async () => {
    for (const [args, message] of [
      [['missing'], /missing: no such file/i],
      [['-f', 'yaml'], /no such format/],
      [['-t', 'fatal'], /failure-threshold/],
      [['--require-label', 'a:colour'], /label:kind/],
      [['-c', 'missing.yaml'], /missing.yaml: no such file/i],
    ] as const) {
      const { code, stdout, stderr } = await lint(args);
      assert.notEqual(code, 0);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    }
  });

  it('fails from the threshold on', async () => {
    put({ Dockerfile: style });
    assert.equal((await lint([])).code, 0);
    assert.equal((await lint(['-t', 'style'])).code, 1);
    put({ Dockerfile: bad });
    assert.equal((await lint(['-t', 'error'])).code, 1);
    assert.equal((await lint(['-t', 'error', '--ignore', 'DL4000'])).code, 0);
    assert.equal((await lint(['-t', 'error', '--warning', 'DL4000'])).code, 0);
    assert.equal((await lint(['--no-fail'])).code, 0);
    assert.equal((await lint(['-f', 'codeclimate'])).code, 0);
    put({ Dockerfile: 'FROM debian:12\nRUNN a\n' });
    assert.equal((await lint(['-t', 'error'])).code, 1);
  });

  it('reads the configuration of environment, file and command line, the later ones before', async () => {
    put({ Dockerfile: bad, '.hadolint.yaml': 'ignored: [DL3008]\nfailure-threshold: error\n' });
    assert.deepEqual(names((await lint([])).stdout), ['MaintainerDeprecated']);
    assert.deepEqual(names((await lint(['--ignore=MaintainerDeprecated'])).stdout), []);
    assert.deepEqual(names((await lint([], { env: { HADOLINT_IGNORE: 'DL4000' } })).stdout), []);
    put({ 'other.yaml': 'format: json\noverride: {info: [DL3008]}\nnonsense: 1\n' });
    const { stdout, stderr } = await lint(['-c', 'other.yaml']);
    const list = JSON.parse(stdout) as { code: string; level: string }[];
    assert.deepEqual(
      list.map(({ code, level }) => `${code} ${level}`),
      ['MaintainerDeprecated error', 'DL3008 info'],
    );
    assert.match(stderr, /other.yaml: Unknown key: nonsense/);
    assert.match((await lint(['-V'])).stderr, /\.hadolint\.yaml/);
  });

  it('finds the configuration where hadolint does', async () => {
    put({ Dockerfile: bad });
    for (const name of ['.hadolint.yml', 'config/hadolint.yaml', '.hadolint/config.yaml']) {
      put({ [name]: 'ignored: [DL3008, DL4000]\n' });
      assert.deepEqual(await lint([]), { code: 0, stdout: '', stderr: '' }, name);
      rmSync(join(folder.path, name));
    }
  });

  it('takes registries and labels, pragmas or not', async () => {
    put({ Dockerfile: 'FROM debian:12\n# hadolint ignore=DL3048\nLABEL A=1\n' });
    assert.deepEqual(names((await lint(['--trusted-registry', 'a.b'])).stdout), ['DL3026']);
    assert.deepEqual(names((await lint(['--trusted-registry', 'docker.io'])).stdout), []);
    assert.deepEqual(names((await lint(['--require-label', 'b:text'])).stdout), ['DL3049']);
    assert.deepEqual(names((await lint(['--require-label', 'A:url', '--strict-labels'])).stdout), ['DL3052']);
    assert.deepEqual(names((await lint(['--strict-labels'])).stdout), ['DL3050']);
    assert.deepEqual(names((await lint(['--disable-ignore-pragma'])).stdout), ['DL3048']);
  });

  it('knows what .dockerignore leaves out', async () => {
    put({ 'a/Dockerfile': 'FROM debian:12\nCOPY x /y\n', 'a/.dockerignore': 'x\n' });
    assert.deepEqual(names((await lint(['a'])).stdout), ['CopyIgnoredFile']);
    put({ 'a/Dockerfile.dockerignore': 'z\n' });
    assert.deepEqual(names((await lint(['a'])).stdout), []);
    put({ 'a/Dockerfile': 'FROM debian:12\nCOPY . /y\n', 'a/Dockerfile.dockerignore': '*\n' });
    assert.deepEqual(names((await lint(['a'])).stdout), ['CopyIgnoredFile']);
    put({ 'a/Dockerfile.dockerignore': '*\n!x\n' });
    assert.deepEqual(names((await lint(['a'])).stdout), []);
  });

  describe('reports', () => {
    beforeEach(() => put({ Dockerfile: bad, 'b/Dockerfile': clean }));

    it('as JSON, with the fields of hadolint', async () => {
      const [first] = JSON.parse((await lint(['-f', 'json'])).stdout) as unknown[];
      assert.partialDeepStrictEqual(first, {
        file: 'Dockerfile',
        line: 2,
        column: 1,
        level: 'error',
        code: 'MaintainerDeprecated',
      });
    });

    it('as SARIF', async () => {
      const log = JSON.parse((await lint(['-f', 'sarif'])).stdout) as {
        version: string;
        runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
      };
      assert.equal(log.version, '2.1.0');
      const [sarifRun] = log.runs;
      assert.deepEqual(
        sarifRun?.results.map(({ ruleId, level }) => `${String(ruleId)} ${String(level)}`),
        ['MaintainerDeprecated error', 'DL3008 warning'],
      );
      for (const { ruleId, ruleIndex } of sarifRun?.results ?? []) {
        assert.equal(sarifRun?.tool.driver.rules[Number(ruleIndex)]?.id, ruleId);
      }
    });

    it('as checkstyle and JUnit, which an XML parser reads', async () => {
      put({ 'a&"<b>/Dockerfile': bad });
      const parse = [
        '-c',
        'import sys,xml.etree.ElementTree as e; r=e.fromstring(sys.stdin.buffer.read()); print(len(r.findall(".//"+sys.argv[1])), len(list(r)))',
      ];
      const checkstyle = await lint(['-f', 'checkstyle']);
      assert.equal((await runOk('python3', [...parse, 'error'], { input: checkstyle.stdout })).stdout, '4 3\n');
      const junit = await lint(['-f', 'junit']);
      assert.equal((await runOk('python3', [...parse, 'failure'], { input: junit.stdout })).stdout, '4 3\n');
    });

    it('as Code Climate, GitLab, Codacy and SonarQube have it', async () => {
      const climate = (await lint(['-f', 'codeclimate'])).stdout.split('\0');
      assert.equal(climate.pop(), '');
      assert.deepEqual(
        climate.map((text) => (JSON.parse(text) as { check_name: string; severity: string }).severity),
        ['blocker', 'major'],
      );
      const gitlab = JSON.parse((await lint(['-f', 'gitlab_codeclimate'])).stdout) as { fingerprint: string }[];
      assert.equal(new Set(gitlab.map(({ fingerprint }) => fingerprint)).size, 2);
      for (const { fingerprint } of gitlab) assert.match(fingerprint, /^[0-9a-f]{40}$/);
      const codacy = (await lint(['-f', 'codacy'])).stdout.trim().split('\n');
      assert.equal((JSON.parse(codacy[0] ?? '') as { patternId: string }).patternId, 'MaintainerDeprecated');
      const sonar = JSON.parse((await lint(['-f', 'sonarqube'])).stdout) as { issues: { ruleId: string }[] };
      assert.deepEqual(
        sonar.issues.map(({ ruleId }) => ruleId),
        ['MaintainerDeprecated', 'DL3008'],
      );
    });

    it("as GNU's and GitHub's lines", async () => {
      assert.match(
        (await lint(['-f', 'gnu'])).stdout,
        /^coracle:Dockerfile:2:1: MaintainerDeprecated \(DL4000\) error: /,
      );
      const github = (await lint(['-f', 'github'])).stdout;
      assert.match(
        github,
        /^::error file=Dockerfile,line=2,endLine=2,col=1,endColumn=11,title=MaintainerDeprecated \(DL4000\)::.+\n::warning /,
      );
    });

    it('to files, several at once, under another name', async () => {
      const { stdout } = await lint(['-f', 'json', '-o', 'out.json', '-f', 'gnu', '--file-path-in-report', 'x/y']);
      assert.match(stdout, /^coracle:x\/y:2:1: /);
      const [first] = JSON.parse(readFileSync(join(folder.path, 'out.json'), 'utf8')) as { file: string }[];
      assert.equal(first?.file, 'x/y');
    });

    it('and let no file steer the terminal', async () => {
      put({ 'c\u001B[2J/Dockerfile': bad });
      assert.ok(!(await lint([])).stdout.includes('\u001B'));
    });
  });

  describe('--fix', () => {
    const fixed =
      'FROM debian:12\nLABEL org.opencontainers.image.authors="me <a@b>"\nRUN apt-get install -y --no-install-recommends a\n';

    it('mends files in place and reports the rest', async () => {
      put({ Dockerfile: bad });
      const { code, stdout, stderr } = await lint(['--fix']);
      assert.equal(readFileSync(join(folder.path, 'Dockerfile'), 'utf8'), fixed);
      assert.deepEqual([code, names(stdout), stderr], [1, ['DL3008'], 'coracle: 1 fix applied\n']);
      const before = statSync(join(folder.path, 'Dockerfile')).mtimeMs;
      assert.equal((await lint(['--fix'])).stderr, '');
      assert.equal(statSync(join(folder.path, 'Dockerfile')).mtimeMs, before);
    });

    it('gives the mended text of standard input', async () => {
      const { stdout, stderr } = await lint(['--fix', '-'], { input: bad });
      assert.equal(stdout, fixed);
      assert.deepEqual(names(stderr), ['1', 'DL3008']);
    });

    it('does what may change the image only where it is told to', async () => {
      put({ Dockerfile: 'FROM debian:12\nRUN apt-get install -y a=1\n' });
      await lint(['--fix']);
      assert.ok(!readFileSync(join(folder.path, 'Dockerfile'), 'utf8').includes('--no-install-recommends'));
      await lint(['--fix', '--unsafe-fixes']);
      assert.ok(readFileSync(join(folder.path, 'Dockerfile'), 'utf8').includes('--no-install-recommends'));
    });
  });

  it('lints a thousand files in one go', async () => {
    put(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`d${index % 10}/${index}.Dockerfile`, bad])));
    const { stdout } = await lint(['.']);
    assert.equal(names(stdout).length, 2000);
  });
});
