// The Debian packages that the commands of the README need, in one place: what for, and the file whose presence says that a
// package is there (so that a tool installed by other means counts as well).

/** @type {Record<string, Record<string, string>>} package -> a file it brings, per command; `test` and `bench` add to `quickstart`. */
export const packages = {
  quickstart: {
    gcc: '/usr/bin/cc',
    'libc6-dev': '/usr/include/stdio.h',
    crun: '/usr/bin/crun',
    nftables: '/usr/sbin/nft',
    'busybox-static': '/bin/busybox',
  },
  test: {
    iproute2: '/sbin/ip',
    'util-linux': '/usr/bin/unshare',
    procps: '/bin/ps',
    curl: '/usr/bin/curl',
    runc: '/usr/sbin/runc',
    'docker.io': '/usr/bin/docker',
    // Compose in Python, the older of the two.
    'docker-compose': '/usr/bin/docker-compose',
    'docker-registry': '/usr/bin/docker-registry',
    podman: '/usr/bin/podman',
    netavark: '/usr/lib/podman/netavark',
    'aardvark-dns': '/usr/lib/podman/aardvark-dns',
    // Another builder, whose images ours are compared with.
    buildah: '/usr/bin/buildah',
    skopeo: '/usr/bin/skopeo',
    umoci: '/usr/bin/umoci',
    python3: '/usr/bin/python3',
    'python3-docker': '/usr/lib/python3/dist-packages/docker',
    openssl: '/usr/bin/openssl',
    zstd: '/usr/bin/zstd',
    strace: '/usr/bin/strace',
    // Sources of builds.
    git: '/usr/bin/git',
    'xz-utils': '/usr/bin/xz',
    bzip2: '/usr/bin/bzip2',
    // An agent whose keys builds may use.
    'openssh-client': '/usr/bin/ssh-add',
    // The engine of an ordinary user.
    uidmap: '/usr/bin/newuidmap',
    slirp4netns: '/usr/bin/slirp4netns',
    passt: '/usr/bin/pasta',
    'fuse-overlayfs': '/usr/bin/fuse-overlayfs',
    // A real VS Code to try the extension in: a browser, a font for its screenshots, and what compiles its addons.
    chromium: '/usr/bin/chromium',
    'fonts-dejavu-core': '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
    'g++': '/usr/bin/g++',
    make: '/usr/bin/make',
    // What hadolint has built in, for the linter.
    shellcheck: '/usr/bin/shellcheck',
    // What programs of people run on: bases of images for the container files that we write.
    'python3-venv': '/usr/lib/python3.11/ensurepip',
    'python3-debugpy': '/usr/lib/python3/dist-packages/debugpy',
    nginx: '/usr/sbin/nginx',
    'golang-go': '/usr/bin/go',
    // Another editor for the language server.
    neovim: '/usr/bin/nvim',
  },
  // Programs of the lightweight mode, made of their C sources: for tests, and where no others can run.
  wasm: {
    clang: '/usr/bin/clang',
    lld: '/usr/bin/wasm-ld',
    'wasi-libc': '/usr/lib/wasm32-wasi/libc.a',
    'libclang-rt-14-dev-wasm32': '/usr/lib/llvm-14/lib/clang/14.0.6/lib/wasi/libclang_rt.builtins-wasm32.a',
  },
  bench: {
    conmon: '/usr/bin/conmon',
    iptables: '/usr/sbin/iptables',
    debootstrap: '/usr/sbin/debootstrap',
    iperf3: '/usr/bin/iperf3',
  },
};

/**
 * @param {'quickstart' | 'test' | 'bench'} purpose
 * @param {{ readonly runsLinux?: boolean }} [machine] whether containers of Linux can run here
 * @returns {Record<string, string>} package -> file
 */
export function packagesFor(purpose, { runsLinux = true } = {}) {
  const wanted = { ...packages.quickstart };
  if (purpose !== 'quickstart' || !runsLinux) Object.assign(wanted, packages.wasm);
  if (purpose !== 'quickstart') Object.assign(wanted, packages.test);
  if (purpose === 'bench') Object.assign(wanted, packages.bench);
  return wanted;
}
