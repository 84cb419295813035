// The server in a real browser's worker, as a web extension host starts it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { skip } from '../../helpers/skip.ts';

const browser = '/usr/bin/chromium';
const script = join(import.meta.dirname, '../../../language-server/dist/coracle-language-server-browser.js');

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly diagnostics?: readonly { readonly code: string }[] };
  readonly result?: unknown;
}

describe('language server: in a browser', function () {
  it('greets, finds problems and tells symbols', async function () {
    if (!existsSync(browser)) return skip(this, 'needs chromium');
    const window = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] });
    try {
      const page = await window.newPage();
      const heard = await page.evaluate(converse, readFileSync(script, 'utf8'));
      const [initialized, symbols] = [heard.find(({ id }) => id === 1), heard.find(({ id }) => id === 2)];
      assert.match(JSON.stringify(initialized?.result), /"serverInfo":\{"name":"coracle"/);
      const told = heard.find(({ method }) => method === 'textDocument/publishDiagnostics');
      assert.deepEqual(
        told?.params?.diagnostics?.map(({ code }) => code),
        ['unknown-instruction'],
      );
      assert.match(JSON.stringify(symbols?.result), /"name":"build"/);
    } finally {
      await window.close();
    }
  });
});

/** Runs in the page: it knows nothing of this file. @returns what the server says up to its answer to the last request */
function converse(code: string): Promise<Message[]> {
  interface PageWorker {
    postMessage(message: object): void;
    onmessage: (event: { readonly data: Message }) => void;
    onerror: (event: { readonly message: string }) => void;
  }
  const { Worker } = globalThis as unknown as { Worker: new (url: string) => PageWorker };
  return new Promise((resolve, reject) => {
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    const heard: Message[] = [];
    const uri = 'file:///w/Dockerfile';
    const send = (message: object) => worker.postMessage({ jsonrpc: '2.0', ...message });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => {
      heard.push(data);
      if (data.id === 1) {
        send({ method: 'initialized', params: {} });
        const textDocument = { uri, languageId: 'dockerfile', version: 1, text: 'FROM alpine:3 AS build\nRUM x\n' };
        send({ method: 'textDocument/didOpen', params: { textDocument } });
      }
      if (data.method === 'textDocument/publishDiagnostics') {
        send({ id: 2, method: 'textDocument/documentSymbol', params: { textDocument: { uri } } });
      }
      if (data.id === 2) resolve(heard);
    };
    const capabilities = { textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } } };
    send({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities } });
  });
}
