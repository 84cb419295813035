// Small projects of every kind that container files are made for, as people have them.

const manifest = (fields: object) => `${JSON.stringify({ name: 'web', version: '1.0.0', ...fields }, null, 2)}\n`;

export type Files = Readonly<Record<string, string>>;

/** Name -> files of the project. */
export const projects: Readonly<Record<string, Files>> = {
  'node-plain': {
    'package.json': manifest({ scripts: { start: 'node server.js' } }),
    'server.js': "require('node:http').createServer((_, r) => r.end('hello from node')).listen(3456);\n",
  },
  'node-npm': {
    'package.json': manifest({
      type: 'module',
      main: 'server.mjs',
      engines: { node: '>=18' },
      dependencies: { greeting: '1.0.0' },
      scripts: { prepare: 'husky' },
    }),
    'package-lock.json': '{}',
    'server.mjs':
      "import { createServer } from 'node:http';\nimport greeting from 'greeting';\nconst port = process.env.PORT || 4000;\ncreateServer((_, r) => r.end(greeting)).listen(port);\n",
  },
  'node-typescript': {
    'package.json': manifest({
      scripts: { build: 'node build.mjs', start: 'node dist/server.js' },
      devDependencies: { typescript: '5.9.0' },
    }),
    'build.mjs':
      "import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';\nimport { stripTypeScriptTypes } from 'node:module';\nmkdirSync('dist');\nwriteFileSync('dist/server.js', stripTypeScriptTypes(readFileSync('src/server.ts', 'utf8')));\n",
    'src/server.ts':
      "const http = require('node:http');\nconst text: string = 'hello from TypeScript';\nhttp.createServer((_: unknown, r: any) => r.end(text)).listen(3100);\n",
  },
  'node-next': {
    'package.json': manifest({
      scripts: { build: 'next build', start: 'next start' },
      dependencies: { next: '16.0.0' },
      engines: { node: '^22.1.0 || >=24' },
    }),
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    '.npmrc': 'registry=https://registry.example.com/\n',
  },
  'node-yarn': {
    'package.json': manifest({ main: 'index.js', dependencies: { express: '^5.0.0' } }),
    'yarn.lock': '# yarn lockfile v1\n',
    'index.js': '',
  },
  'node-berry': {
    'package.json': manifest({ main: 'index.js', workspaces: ['packages/*'], dependencies: { koa: '3.0.0' } }),
    'yarn.lock': '__metadata:\n  version: 8\n',
    '.yarnrc.yml': '',
    'index.js': '',
  },
  'site-plain': { 'index.html': '<h1>hello from a page</h1>\n', 'style.css': '' },
  'site-vite': {
    'package.json': manifest({ scripts: { build: 'vite build', dev: 'vite' }, devDependencies: { vite: '7.0.0' } }),
    'package-lock.json': '{}',
    'index.html': '',
  },
  'python-plain': {
    'main.py':
      "from http.server import BaseHTTPRequestHandler, HTTPServer\n\n\nclass Hello(BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(b'hello from Python')\n\n\nport = 8123\nif __name__ == '__main__':\n    HTTPServer(('', port), Hello).serve_forever()\n",
  },
  'python-flask': {
    'requirements.txt': 'flask==3.1.0\ngunicorn==23.0.0\n',
    'app.py': 'from flask import Flask\n\napp = Flask(__name__)\n',
  },
  'python-fastapi-uv': {
    'pyproject.toml':
      '[project]\nname = "api"\nversion = "0.1.0"\nrequires-python = ">=3.12,<3.14"\ndependencies = ["fastapi[standard]>=0.120"]\n',
    'uv.lock': 'version = 1\n',
    'api/main.py': 'from fastapi import FastAPI\n\napi = FastAPI()\n',
  },
  'python-django-poetry': {
    'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.13"\ndjango = "^5"\ngunicorn = "^23"\n',
    'poetry.lock': '',
    'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
  },
  'python-project': {
    'pyproject.toml': '[project]\nname = "tool"\nversion = "0.1.0"\n',
    'tool/__main__.py': "print('hello')\n",
  },
  'go-plain': {
    'go.mod': 'module example.com/hello\n\ngo 1.19\n',
    // Without net/http, which takes long to compile.
    'main.go':
      'package main\n\nimport "net"\n\nfunc main() {\n\tlistener, err := net.Listen("tcp", ":8090")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfor {\n\t\tconnection, err := listener.Accept()\n\t\tif err != nil {\n\t\t\tpanic(err)\n\t\t}\n\t\tconnection.Read(make([]byte, 4096))\n\t\tconnection.Write([]byte("HTTP/1.0 200 OK\\r\\n\\r\\nhello from Go"))\n\t\tconnection.Close()\n\t}\n}\n',
  },
  'go-commands': {
    'go.mod': 'module example.com/many\n\ngo 1.25.1\n',
    'go.sum': '',
    'cmd/server/main.go': 'package main\n',
    'cmd/tool/main.go': 'package main\n',
    'lib/lib.go': 'package lib\n',
  },
};
