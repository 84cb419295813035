import assert from 'node:assert/strict';
import { formatList } from '../../runtime/src/cli/format/list.ts';
import { documentTemplate } from '../../runtime/src/cli/format/object.ts';

const data = {
  Id: 'abc',
  Name: '/web',
  State: { Running: true, Paused: false, Pid: 12 },
  Args: ['a', 'b'],
  Config: { Labels: { 'com.x/y': 'z', k: 'v' }, Env: [] },
  Mounts: [{ Source: '/a' }, { Source: '/b' }],
  Html: '<a&b>',
};

const render = (template: string): string => documentTemplate(template)(data);

describe("cli: Go's templates", () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['{{.Name}} {{ .Id }} {{.ID}}', '/web abc abc'],
    ['{{.State.Pid}} {{.Args}} {{.Config.Labels}}', '12 [a b] map[com.x/y:z k:v]'],
    ['{{json .Args}}{{.State | json}}', '["a","b"]{"Running":true,"Paused":false,"Pid":12}'],
    ['{{json .Html}}', '"<a&b>"'],
    [
      '{{index .Config.Labels "com.x/y"}}|{{index .Args 1}}|{{(index .Mounts 1).Source}}|{{index .Config.Labels "no"}}',
      'z|b|/b|',
    ],
    ['{{range .Mounts}}{{.Source}};{{end}}', '/a;/b;'],
    ['{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}} {{end}}', '0=/a 1=/b '],
    ['{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}', 'com.x/y=z k=v '],
    ['{{range .Config.Env}}x{{else}}none{{end}}', 'none'],
    ['{{range .Args}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', 'a'],
    ['{{if .State.Paused}}p{{else if .State.Running}}r{{else}}s{{end}}', 'r'],
    ['{{with .State}}{{.Pid}}{{$.Id}}{{end}}', '12abc'],
    ['{{$x := 3}}{{$x}}{{$x = 4}}{{$x}}', '34'],
    ['{{if and .State.Running (not .State.Paused)}}yes{{end}} {{or "" "b"}} {{and 1 0}}', 'yes b 0'],
    [
      '{{eq .Id "x" "abc"}} {{ne 1 2}} {{lt 1 2}} {{ge 2 2}} {{gt "b" "a"}} {{le 3 2}}',
      'true true true true true false',
    ],
    ['{{len .Args}} {{len .Name}} {{slice .Args 1}} {{slice "hello" 1 3}}', '2 4 [b] el'],
    [
      '{{upper .Name}} {{lower "AB"}} {{title "ab cd"}} {{join .Args "-"}} {{split "a,b" ","}}',
      '/WEB ab Ab Cd a-b [a b]',
    ],
    ['{{printf "%5s|%-5s|%05d|%q|%v|%%|%x" "a" "b" 42 "c" .Args 255}}', '    a|b    |00042|"c"|[a b]|%|ff'],
    ['{{print "a" "b" 1 2}}{{println "x"}}', 'ab1 2x\n'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{/* nothing */}}{{- /* at all */ -}} x', 'x'],
    ['{{pad "a" 1 2}}|{{truncate "hello" 2}}', ' a  |he'],
    ['{{"a\\tb"}} {{`raw\\n`}}', 'a\tb raw\\n'],
    ['{{if .State.Health}}{{.State.Health.Status}}{{else}}no check{{end}}', 'no check'],
  ];
  for (const [template, wanted] of cases) {
    it(JSON.stringify(template), () => assert.equal(render(template), wanted));
  }

  it("refuses in Go's words", () => {
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['{{', /^template parsing error: template: :1: unclosed action$/],
      ['{{nope .}}', /function "nope" not defined/],
      ['{{if .Id}}x', /unexpected EOF/],
      ['{{end}}', /unexpected \{\{end\}\}/],
      ['{{.Foo}}', /^template parsing error: template: :1:2: executing "" at <\.Foo>: map has no entry for key "Foo"$/],
      ['{{index .Args 5}}', /index out of range: 5/],
      ['{{.Id.x}}', /can't evaluate field x in type string/],
      ['{{$y}}', /undefined variable "\$y"/],
      ['{{.__proto__}}', /map has no entry for key "__proto__"/],
      ['{{.constructor}}', /map has no entry for key "constructor"/],
      ['{{define "x"}}{{end}}', /not supported/],
    ];
    for (const [template, wanted] of refusals) assert.throws(() => render(template), { message: wanted }, template);
  });
});

describe('cli: lists', () => {
  interface Row {
    readonly id: string;
    readonly labels: Readonly<Record<string, string>>;
  }
  const spec = {
    type: 'ThingContext',
    columns: {
      ID: { header: 'THING ID', value: (row: Row) => row.id },
      Arrow: { header: 'ARROW', value: () => 'a->b' },
    },
    methods: { Label: (row: Row, key: string) => row.labels[key] ?? '' },
  };
  const rows: readonly Row[] = [
    { id: '1', labels: { a: 'x' } },
    { id: 'a long id', labels: {} },
  ];
  const list = (format: string) => formatList(spec, rows, { format, table: '{{.ID}}\t{{.Arrow}}' });

  it('lays out the default table', () => {
    assert.equal(list(''), 'THING ID    ARROW\n1           a->b\na long id   a->b\n');
    assert.equal(list('table'), list(''));
  });

  it('lays out a table of one’s own, with typed tabs and header names', () => {
    assert.equal(list('table {{upper .ID}}\\t{{.Label "a"}}|'), 'THING ID    a|\n1           x|\nA LONG ID   |\n');
  });

  it('prints JSON as Go escapes it, columns in order', () => {
    assert.equal(list('json'), '{"Arrow":"a-\\u003eb","ID":"1"}\n{"Arrow":"a-\\u003eb","ID":"a long id"}\n');
    assert.equal(list('{{json .}}'), list('json'));
    assert.equal(list('{{json .Arrow}}').split('\n')[0], '"a->b"');
  });

  it('prints plain templates, one row a line', () => {
    assert.equal(list('{{.ID}}'), '1\na long id\n');
  });

  it('names what does not exist', () => {
    assert.throws(() => list('{{.Foo}}'), {
      message: `failed to execute template: template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type *formatter.ThingContext`,
    });
    assert.throws(() => list('{{'), { message: 'failed to parse template: template: :1: unclosed action' });
  });
});
