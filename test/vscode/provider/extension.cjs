// A small extension that brings its registry into the explorer. It asks for a token when it is connected, and keeps it.

const vscode = require('vscode');

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  const coracle = await vscode.extensions.getExtension('coracle.coracle-vscode').activate();
  const registration = coracle.registerRegistryProvider({
    id: 'acme.registries',
    label: 'Acme Registries',
    description: 'of your Acme account',
    async registries({ mayAsk }) {
      const known = await context.secrets.get('token');
      const password = known ?? (mayAsk ? await askToken(context) : undefined);
      if (password === undefined) throw new Error('Acme has no token of yours. Connect it again.');
      return [
        {
          domain: process.env.ACME_REGISTRY,
          label: 'Acme',
          credentials: async () => ({ username: 'ann', password }),
          repositories: async () => ({ names: ['team/web', 'team/none'] }),
        },
      ];
    },
  });
  context.subscriptions.push(registration);
}

async function askToken(context) {
  const token = await vscode.window.showInputBox({ title: 'Acme', prompt: 'Your token', password: true });
  if (token === undefined) throw new Error('Acme was not connected.');
  await context.secrets.store('token', token);
  return token;
}

module.exports = { activate };
