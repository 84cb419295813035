// Programs that steps run most, with their commands and options.

export interface ProgramReference {
  readonly text: string;
  /** Subcommand -> what it does. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Option -> what it does. */
  readonly options?: Readonly<Record<string, string>>;
  /** Options of one subcommand, besides. */
  readonly commandOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const yes = { '-y': 'answers every question with yes' };

export const programs: Readonly<Record<string, ProgramReference>> = {
  'apt-get': {
    text: 'Debian’s package manager for scripts',
    commands: {
      update: 'fetches the lists of packages',
      install: 'installs packages',
      upgrade: 'installs newer versions of what is there',
      'dist-upgrade': 'upgrades, and may remove packages for it',
      remove: 'removes packages, keeps their configuration',
      purge: 'removes packages and their configuration',
      autoremove: 'removes what nothing needs any more',
      clean: 'removes downloaded packages',
      download: 'downloads a package here',
      'build-dep': 'installs what is needed to build a package',
    },
    options: { ...yes, '-q': 'less output', '-qq': 'no output but errors' },
    commandOptions: {
      install: {
        '--no-install-recommends': 'leaves out what is only recommended',
        '--reinstall': 'installs again',
        '--allow-downgrades': 'older versions may replace newer ones',
        '--fix-broken': 'repairs dependencies',
      },
    },
  },
  apt: { text: 'Debian’s package manager for people; scripts use apt-get' },
  apk: {
    text: 'Alpine’s package manager',
    commands: {
      add: 'installs packages',
      del: 'removes packages',
      update: 'fetches the index',
      upgrade: 'installs newer versions',
      info: 'tells of packages',
      search: 'looks for packages',
      fetch: 'downloads packages',
    },
    commandOptions: {
      add: {
        '--no-cache': 'keeps no index in the image',
        '--virtual': 'names what is added, to remove it together',
        '--update': 'fetches the index first',
        '--repository': 'another repository',
        '--allow-untrusted': 'packages without a known signature',
      },
      del: { '--purge': 'configuration as well' },
    },
  },
  dnf: {
    text: 'Fedora’s and Red Hat’s package manager',
    commands: {
      install: 'installs packages',
      update: 'installs newer versions',
      remove: 'removes packages',
      'clean all': 'removes caches',
      'config-manager': 'changes repositories',
      groupinstall: 'installs a group of packages',
      makecache: 'fetches metadata',
    },
    options: {
      ...yes,
      '--setopt': 'sets an option',
      '--nodocs': 'without documentation',
      '--enablerepo': 'uses a repository',
    },
    commandOptions: { install: { '--setopt=install_weak_deps=False': 'leaves out what is only recommended' } },
  },
  microdnf: {
    text: 'The small dnf of minimal images',
    commands: {
      install: 'installs packages',
      update: 'installs newer versions',
      remove: 'removes packages',
      'clean all': 'removes caches',
    },
    options: { ...yes, '--nodocs': 'without documentation' },
  },
  yum: {
    text: 'Red Hat’s older package manager',
    commands: {
      install: 'installs packages',
      update: 'installs newer versions',
      remove: 'removes packages',
      'clean all': 'removes caches',
    },
    options: yes,
  },
  zypper: {
    text: 'SUSE’s package manager',
    commands: {
      install: 'installs packages',
      refresh: 'fetches metadata',
      update: 'installs newer versions',
      remove: 'removes packages',
      clean: 'removes caches',
    },
    options: { '--non-interactive': 'asks nothing', '-n': 'asks nothing' },
    commandOptions: { install: { '--no-recommends': 'leaves out what is only recommended' } },
  },
  pip: {
    text: 'Python’s package installer',
    commands: {
      install: 'installs packages',
      download: 'downloads packages',
      wheel: 'builds wheels',
      uninstall: 'removes packages',
      freeze: 'lists versions',
      check: 'checks dependencies',
    },
    commandOptions: {
      install: {
        '--no-cache-dir': 'keeps no cache in the image',
        '-r': 'packages of a file',
        '--upgrade': 'newest versions',
        '--no-deps': 'without dependencies',
        '--require-hashes': 'only what has a known hash',
        '--break-system-packages': 'into the system’s own Python',
        '--user': 'for this user',
        '--target': 'into a folder',
        '-e': 'from source, editable',
      },
    },
  },
  npm: {
    text: 'Node’s package manager',
    commands: {
      ci: 'installs exactly what the lock file says',
      install: 'installs packages',
      run: 'runs a script of package.json',
      test: 'runs the tests',
      'cache clean': 'empties the cache',
      prune: 'removes what is not needed',
      audit: 'looks for known faults',
      exec: 'runs a package’s program',
      config: 'changes settings',
    },
    commandOptions: {
      ci: {
        '--omit=dev': 'without development packages',
        '--ignore-scripts': 'runs no install scripts',
        '--no-audit': 'no report',
        '--prefer-offline': 'the cache first',
      },
      install: {
        '--omit=dev': 'without development packages',
        '-g': 'for all',
        '--global': 'for all',
        '--ignore-scripts': 'runs no install scripts',
        '--no-save': 'leaves package.json as it is',
      },
      'cache clean': { '--force': 'really' },
    },
  },
  yarn: {
    text: 'Another package manager for Node',
    commands: {
      install: 'installs what package.json says',
      add: 'adds packages',
      build: 'runs the script build',
      'cache clean': 'empties the cache',
      workspaces: 'acts on workspaces',
    },
    commandOptions: {
      install: {
        '--frozen-lockfile': 'fails where the lock file does not fit',
        '--immutable': 'fails where the lock file would change',
        '--production': 'without development packages',
      },
    },
  },
  pnpm: {
    text: 'Another package manager for Node',
    commands: {
      install: 'installs what package.json says',
      fetch: 'downloads what the lock file says',
      add: 'adds packages',
      run: 'runs a script',
      deploy: 'a package with what it needs, into a folder',
      prune: 'removes what is not needed',
    },
    commandOptions: {
      install: {
        '--frozen-lockfile': 'fails where the lock file does not fit',
        '--offline': 'from the store alone',
        '--prod': 'without development packages',
      },
    },
  },
  go: {
    text: 'Go’s tool',
    commands: {
      build: 'compiles',
      install: 'compiles and installs',
      'mod download': 'downloads modules',
      'mod tidy': 'mends go.mod',
      test: 'runs tests',
      vet: 'looks for faults',
      generate: 'runs generators',
      env: 'settings',
    },
    commandOptions: {
      build: {
        '-o': 'name of the result',
        '-ldflags': 'options of the linker',
        '-trimpath': 'no paths of this machine in the result',
        '-tags': 'build tags',
        '-mod': 'how modules are treated',
      },
    },
  },
  cargo: {
    text: 'Rust’s build tool',
    commands: {
      build: 'compiles',
      install: 'compiles and installs a program',
      fetch: 'downloads crates',
      test: 'runs tests',
      chef: 'caches dependencies',
    },
    commandOptions: {
      build: {
        '--release': 'optimised',
        '--locked': 'exactly what Cargo.lock says',
        '--target': 'for another platform',
        '--features': 'features',
        '--bin': 'one program',
      },
      install: { '--path': 'from a folder', '--locked': 'exactly what Cargo.lock says', '--root': 'into a folder' },
    },
  },
  curl: {
    text: 'Fetches a URL',
    options: {
      '-fsSL': 'fails on errors, is quiet, follows redirects',
      '-f': 'fails on HTTP errors',
      '-s': 'quiet',
      '-S': 'tells errors though quiet',
      '-L': 'follows redirects',
      '-o': 'into a file',
      '-O': 'into a file of the same name',
      '--retry': 'tries again',
      '-H': 'a header',
      '--proto': 'which protocols',
      '--tlsv1.2': 'at least TLS 1.2',
    },
  },
  wget: {
    text: 'Fetches a URL',
    options: {
      '-q': 'quiet',
      '-O': 'into a file',
      '-nv': 'little output',
      '--progress=dot:giga': 'progress that fits a log',
      '--tries': 'how often',
    },
  },
  git: {
    text: 'Source control',
    commands: {
      clone: 'copies a repository',
      checkout: 'switches to a revision',
      submodule: 'handles submodules',
      fetch: 'fetches',
      config: 'settings',
    },
    commandOptions: {
      clone: {
        '--depth': 'only the last revisions',
        '--branch': 'a branch or tag',
        '--recurse-submodules': 'with submodules',
        '--filter=blob:none': 'files only when needed',
      },
    },
  },
  tar: {
    text: 'Packs and unpacks archives',
    options: {
      '-xzf': 'unpacks .tar.gz',
      '-xJf': 'unpacks .tar.xz',
      '-xf': 'unpacks',
      '-C': 'in a folder',
      '--strip-components': 'leaves leading folders out',
    },
  },
  useradd: {
    text: 'Makes a user (Debian, Red Hat)',
    options: {
      '--system': 'a system account',
      '-r': 'a system account',
      '--no-log-init': 'keeps log files small with high numbers',
      '-l': 'keeps log files small with high numbers',
      '--create-home': 'makes the home folder',
      '-m': 'makes the home folder',
      '--uid': 'number',
      '-u': 'number',
      '--gid': 'group',
      '-g': 'group',
      '--shell': 'login shell',
      '-s': 'login shell',
      '--home-dir': 'home folder',
    },
  },
  groupadd: {
    text: 'Makes a group (Debian, Red Hat)',
    options: { '--system': 'a system group', '-r': 'a system group', '--gid': 'number', '-g': 'number' },
  },
  adduser: {
    text: 'Makes a user',
    options: {
      '-S': 'a system account (Alpine)',
      '-D': 'no password (Alpine)',
      '-G': 'group (Alpine)',
      '-u': 'number (Alpine)',
      '-h': 'home folder (Alpine)',
      '--system': 'a system account (Debian)',
      '--disabled-password': 'no password (Debian)',
      '--gecos': 'description (Debian)',
    },
  },
  addgroup: {
    text: 'Makes a group',
    options: { '-S': 'a system group (Alpine)', '-g': 'number (Alpine)', '--system': 'a system group (Debian)' },
  },
  chown: { text: 'Changes owners', options: { '-R': 'and of everything below' } },
  chmod: { text: 'Changes permission bits', options: { '-R': 'and of everything below', '+x': 'executable' } },
  mkdir: {
    text: 'Makes folders',
    options: { '-p': 'and those above; no error where it is there', '-m': 'permission bits' },
  },
  rm: {
    text: 'Removes files',
    options: { '-rf': 'folders too, without questions', '-r': 'folders too', '-f': 'without questions' },
  },
  cp: {
    text: 'Copies files',
    options: { '-r': 'folders too', '-a': 'with everything as it is', '-p': 'with owner, bits and times' },
  },
  mv: { text: 'Moves files', options: { '-f': 'without questions' } },
  ln: { text: 'Makes links', options: { '-s': 'symbolic', '-sf': 'symbolic, replacing' } },
  set: {
    text: 'Options of the shell',
    options: {
      '-e': 'ends at the first error',
      '-u': 'unset variables are errors',
      '-x': 'shows each command',
      '-eux': 'all three',
      '-o pipefail': 'a failing part fails a pipe (bash)',
    },
  },
  make: {
    text: 'Builds by a Makefile',
    options: { '-j': 'so many at once', '-C': 'in a folder', '-f': 'another Makefile' },
  },
  cmake: {
    text: 'Generates and runs builds',
    options: {
      '-S': 'source folder',
      '-B': 'build folder',
      '-D': 'sets a variable',
      '-G': 'generator',
      '--build': 'builds',
      '--install': 'installs',
    },
  },
  mvn: {
    text: 'Maven',
    options: { '-B': 'asks nothing', '-q': 'quiet', '-DskipTests': 'without tests', '-f': 'another project file' },
    commands: {
      package: 'builds the archive',
      'dependency:go-offline': 'downloads what is needed',
      verify: 'builds and checks',
      clean: 'removes results',
    },
  },
  gem: {
    text: 'Ruby’s package manager',
    commands: { install: 'installs gems', update: 'newer versions' },
    options: { '--no-document': 'without documentation' },
  },
  bundle: {
    text: 'Bundler',
    commands: { install: 'installs what the Gemfile says', config: 'settings', exec: 'runs with the bundle' },
    options: { '--jobs': 'so many at once' },
  },
  composer: {
    text: 'PHP’s package manager',
    commands: {
      install: 'installs what composer.lock says',
      require: 'adds packages',
      'dump-autoload': 'writes the autoloader',
    },
    commandOptions: {
      install: {
        '--no-dev': 'without development packages',
        '--no-interaction': 'asks nothing',
        '--optimize-autoloader': 'a faster autoloader',
        '--no-scripts': 'runs no scripts',
      },
    },
  },
  dotnet: {
    text: '.NET’s tool',
    commands: {
      restore: 'fetches packages',
      build: 'compiles',
      publish: 'the program with what it needs',
      test: 'runs tests',
    },
    commandOptions: {
      publish: {
        '-c': 'configuration',
        '-o': 'into a folder',
        '--no-restore': 'what is there',
        '-r': 'runtime',
        '--self-contained': 'with .NET in it',
      },
      build: { '-c': 'configuration', '--no-restore': 'what is there' },
    },
  },
  sed: { text: 'Edits streams', options: { '-i': 'in the file', '-e': 'a script', '-E': 'extended expressions' } },
  echo: { text: 'Writes its arguments' },
  cat: { text: 'Writes files out' },
  cd: { text: 'Changes the folder for the rest of the step; WORKDIR for all' },
  export: { text: 'Hands a variable to programs of this step' },
  install: {
    text: 'Copies with owner and bits',
    options: {
      '-m': 'permission bits',
      '-o': 'owner',
      '-g': 'group',
      '-d': 'makes folders',
      '-D': 'and the folders above',
    },
  },
  sha256sum: { text: 'Digests of files', options: { '-c': 'checks a list' } },
  ldconfig: { text: 'Finds new shared libraries' },
  'update-ca-certificates': { text: 'Makes new certificates known (Debian, Alpine)' },
};
