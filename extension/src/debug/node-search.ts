// Finds the Node processes of a running container and lets debuggers in. It is run inside of the container as `node -e`, so it stands
// on nothing of this file, and is in a language that old Nodes understand.

/** The text for `node -e`. It writes one JSON array. */
export function searchText(): string {
  return `(${String(search)})(require);`;
}

interface Found {
  readonly pid: number;
  readonly commandLine: readonly string[];
  readonly workingDirectory: string;
  port: number;
  path: string;
}

function search(load: NodeJS.Require): void {
  const fs = load('fs') as typeof import('node:fs');
  const http = load('http') as typeof import('node:http');
  const longest = 50;
  /** Of 50 ms, until an inspector is there: a busy machine takes its time. */
  const mostTries = 100;

  function processes(): Found[] {
    const found: Found[] = [];
    for (const name of fs.readdirSync('/proc')) {
      const pid = Number(name);
      if (!(pid > 0) || pid === process.pid) continue;
      try {
        if (!/(?:^|\/)node(?:js)?$/.test(fs.readlinkSync('/proc/' + pid + '/exe'))) continue;
        const commandLine = fs
          .readFileSync('/proc/' + pid + '/cmdline', 'utf8')
          .split('\0')
          .slice(0, longest);
        if (commandLine.length > 1) commandLine.pop();
        const isTool = commandLine.some((word) =>
          /(?:^|\/)(?:npm|npx|yarn|pnpm|corepack)(?:-cli)?(?:\.[cm]?js)?$/.test(word),
        );
        if (isTool || commandLine[0] === 'npm') continue;
        const workingDirectory = fs.readlinkSync('/proc/' + pid + '/cwd');
        found.push({ pid, commandLine, workingDirectory, port: 0, path: '' });
      } catch {
        // It ended meanwhile, or is another user's.
      }
    }
    return found;
  }

  /** Ports on which a process listens on loopback or on all addresses. */
  function ports(pid: number): number[] {
    const inodes: Record<string, true> = Object.create(null);
    for (const fd of fs.readdirSync('/proc/' + pid + '/fd')) {
      try {
        const match = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync('/proc/' + pid + '/fd/' + fd));
        if (match && match[1]) inodes[match[1]] = true;
      } catch {
        // It was closed meanwhile.
      }
    }
    const found: number[] = [];
    for (const line of fs
      .readFileSync('/proc/' + pid + '/net/tcp', 'latin1')
      .split('\n')
      .slice(1)) {
      const fields = line.trim().split(/\s+/);
      // 0A is a socket that listens.
      if (fields[3] === '0A' && inodes[fields[9] || ''])
        found.push(parseInt((fields[1] || '').split(':')[1] || '', 16));
    }
    return found;
  }

  /** What an inspector says of itself; undefined for anything else. */
  function ask(port: number, done: (path: string | undefined) => void): void {
    const request = http.get({ host: '127.0.0.1', port: port, path: '/json/list', timeout: 500 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < 65536) text += chunk;
      });
      response.on('end', () => {
        let url: unknown;
        try {
          url = JSON.parse(text)[0].webSocketDebuggerUrl;
        } catch {
          // A server of another kind.
        }
        const match = /^ws:\/\/[^/]+(\/[\w-]+)$/.exec(String(url));
        done(match ? match[1] : undefined);
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done(undefined));
  }

  function inspectorOf(one: Found, candidates: number[], done: () => void): void {
    const port = candidates.shift();
    if (port === undefined) return done();
    ask(port, (path) => {
      if (path === undefined) return inspectorOf(one, candidates, done);
      one.port = port;
      one.path = path;
      done();
    });
  }

  /** Whether SIGUSR1 does what it does: to a Node that is only starting it would be the end, or nothing at all. */
  function heedsSignal(pid: number): boolean {
    const caught = /^SigCgt:\s*([\da-f]+)$/m.exec(fs.readFileSync('/proc/' + pid + '/status', 'latin1'));
    return (parseInt(((caught && caught[1]) || '').slice(-3), 16) & 0x200) !== 0;
  }

  /** Opens the inspector of a process where it is not open yet, and waits for it. */
  function open(one: Found, tries: number, isTold: boolean, done: () => void): void {
    let candidates: number[] = [];
    try {
      candidates = ports(one.pid);
    } catch {
      return done(); // It ended, or is another user's.
    }
    inspectorOf(one, candidates, () => {
      if (one.port !== 0 || tries === 0) return done();
      let tells = false;
      try {
        // What SIGUSR1 means to a Node that has no listener of its own for it.
        tells = !isTold && heedsSignal(one.pid);
        if (tells) process.kill(one.pid, 'SIGUSR1');
      } catch {
        return done(); // It ended meanwhile.
      }
      setTimeout(() => open(one, tries - 1, isTold || tells, done), 50);
    });
  }

  const all = processes();
  function next(at: number): void {
    const one = all[at];
    if (one === undefined) {
      process.stdout.write(JSON.stringify(all.filter((each) => each.port !== 0)));
      return;
    }
    open(one, mostTries, false, () => next(at + 1));
  }
  next(0);
}
