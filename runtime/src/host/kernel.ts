// What Node cannot ask of the kernel, as an interface. `host/native-kernel.ts` implements it over the C helper; the rooms
// that need it (runners/linux, networks, volumes) take a `Kernel`. Failed calls are EngineErrors whose message names the
// call, the path and the errno text, and whose `cause` is an `ErrnoError` from `host/errno.ts`.

import type { FileChange, FileStatus, WriteFileOptions } from '../spec/engine/files.ts';
import type { IdMap } from '../spec/id-map.ts';
import type { Bytes } from './host.ts';

export interface Kernel extends AsyncDisposable {
  /** What it lets us do. */
  readonly rights: KernelRights;
  /** mount(2). `flags` are MS_* bits. With `cwd` relative paths in `data` (overlay lowers) resolve there. */
  mount(request: MountRequest): Promise<void>;
  /** umount2(2); `lazy` = MNT_DETACH. Not mounted or not there is no error. */
  unmount(target: string, options?: { readonly lazy?: boolean }): Promise<void>;
  /** Removes a file or a whole tree, off the event loop and the thread pool. Links are never followed, mounts never entered
   * (EXDEV, or EBUSY for a mount point). Absent is no error. @param path absolute, without a trailing slash */
  removeTree(path: string): Promise<void>;
  /** Removes a folder of files, mount points and mounts, these lazily, while other requests go on: a file system that is mounted nowhere
   * any more may be written out. `kept`, the name of a directory in it, stays mounted; then, and where a directory is not empty,
   * the folder stays, with whose it is (the link `id`). Absent is no error. */
  clearFolder(path: string, options?: { readonly kept?: string }): Promise<void>;
  /** Copies what layers, top first, show together into an empty directory, in a process of its own: kinds, contents, owners,
   * modes, times, extended attributes and hard links. Never a link to a layer's file; blocks are shared where the file system
   * sees to it that no side notices. On failure, and when this process dies, a part of it is there.
   * @param target absolute @throws EngineError system when the disk is full */
  copyLayers(layers: readonly string[], target: string): Promise<void>;
  /** Tells the file system that the folders in this directory have nothing to do with each other (ext4's attribute T), so
   * that it does not crowd them into one block group. Where files come and go, as those of layers and containers do, a
   * crowded group makes every new file up to 20 times as dear (ext4 without a journal does not take an inode again for
   * minutes). A hint: not being understood is no error. @throws notFound */
  spread(path: string): Promise<void>;
  /** Resolves when all that was written before, by anybody, to the file system of this directory is on disk (syncfs(2), in a
   * process of its own). @throws notFound, and system when the disk failed */
  syncFiles(path: string): Promise<void>;
  /** A process chrooted into a file tree, the only way anything reads or writes inside a container's files. */
  openTree(root: TreeRoot): Promise<Tree>;

  /** Makes a network namespace with `lo` up and pins it at `path` (a file that is created). Unmounted and removed it is gone, and
   * with it veth ends inside. */
  createNetns(path: string): Promise<void>;
  /** Creates the bridge if it is not there, gives it the addresses (CIDR), sets it up. */
  createBridge(request: BridgeRequest): Promise<void>;
  /** Not there is no error. */
  deleteLink(name: string): Promise<void>;
  /** A veth pair from a bridge into a pinned network namespace, addressed, up, with routes. */
  attachVeth(request: VethRequest): Promise<void>;
  /** Replaces the default routes inside the namespace. */
  setDefaultRoutes(netns: string, gateways: readonly DefaultRoute[]): Promise<void>;
  /** Writes /proc/sys values in the network namespace (or the daemon's own when netns is absent): `net/ipv4/ip_forward` -> `1`. */
  sysctl(values: Readonly<Record<string, string>>, netns?: string): Promise<void>;
  /** Runs an nft script (libnftables when it is there, else the nft command), all or nothing, in the namespace. */
  nft(script: string, netns?: string): Promise<void>;
  /** Makes the kernel forget UDP flows that it leads to this address (connection tracking, in the daemon's own namespace): else
   * a client that never pauses is led there for ever. */
  endFlows(address: string): Promise<void>;

  /** Forks a shim; resolves once it listens on `socket`. Its protocol is in `host/shim.ts`. */
  startShim(request: ShimRequest): Promise<{ readonly pid: number }>;
  /** Forks a process that holds the host's ports and forwards what the firewall does not. Rejects with `conflict` when a port is taken. */
  startProxy(forwards: readonly PortForward[]): Promise<{ readonly pid: number }>;
  /** Ends a proxy and waits until its ports are free. A pid that is not (any more) a proxy of ours is left alone: it is told
   * by its command name and its executable, since pids are used again. Not there is no error. */
  stopProxy(pid: number): Promise<void>;
  /** Makes a sealed in-memory copy of a runtime binary, so that no container can overwrite it and it skips copying itself.
   * Returns the path to execute it by, valid for shims started by this helper. */
  sealBinary(path: string): Promise<string>;
}

/** What networks ask of a kernel; a network in user land does it without one. */
export interface NetworkKernel extends Pick<
  Kernel,
  | 'createBridge'
  | 'deleteLink'
  | 'attachVeth'
  | 'setDefaultRoutes'
  | 'sysctl'
  | 'nft'
  | 'endFlows'
  | 'startProxy'
  | 'stopProxy'
> {
  /** Whether an address is of a container that no packet reaches: its ports are published by the proxy alone. Absent: never. */
  inUserLand?(address: string): boolean;
}

/** Who we are to the kernel. */
export interface KernelRights {
  /** Root of the machine, or of a user namespace only. Then there are no device nodes but whiteouts, no `trusted.` extended
   * attributes (overlayfs keeps its own in `user.`), and no limits above the engine's own. */
  readonly isMachineRoot: boolean;
  /** The ids that exist. A file or a process can have no others. */
  readonly ids: IdMap;
}

export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly flags?: number;
  readonly data?: string;
  readonly cwd?: string;
}

/** MS_* of <sys/mount.h>. */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 32,
  BIND: 4096,
  REC: 16384,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
} as const;

/** Where a tree is rooted. With `overlay` or `binds` the process takes a mount namespace of its own, makes them there
 * (targets resolved inside the root, links never followed out) and they vanish with it. */
export interface TreeRoot {
  readonly root: string;
  readonly overlay?: { readonly lowers: readonly string[]; readonly upper: string; readonly work: string };
  readonly binds?: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
  /** The root was made by `copyLayers` of these layers, before `wholeNs` of the file system's clock. A walk from the root then
   * tells what has become different, in the form of an overlay's upper directory: whiteouts for what is gone. */
  readonly copyOf?: { readonly layers: readonly string[]; readonly wholeNs: bigint };
  /** Join this process's mount namespace first (a running container), and take its root. */
  readonly joinPid?: number;
  /** Where contents that will be put lie already: they may be taken from there. */
  readonly stored?: StoredContents;
}

/** A file that grows with contents which are then put into a tree. */
export interface StoredContents {
  readonly path: string;
  /** Where in the file the bytes of this piece of a content are; undefined when it is not a part of the file. */
  offsetOf(piece: Uint8Array): number | undefined;
}

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo' | 'socket';

export interface TreeEntry {
  /** Relative to the tree's root, no leading slash, `''` for the root itself. */
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid, sticky; no type bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Target of a symlink, or for a hard link the path (as `path`) of the first name seen. */
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** A file tree seen from inside its root; every path is resolved there by the kernel. Calls are answered in order: while a
 * `read` or `walk` is open, or a `put` takes its content, further calls on the same tree wait for its end. */
export interface Tree extends AsyncDisposable {
  /** undefined when nothing is there. Parent links resolve inside the root; the last one only with `follow`. */
  stat(path: string, options?: { readonly follow?: boolean }): Promise<TreeEntry | undefined>;
  /** The path with every link resolved, inside the root (leading slash). undefined when it does not exist. */
  realPath(path: string): Promise<string | undefined>;
  /** The content of one regular file, links followed inside the root. */
  read(path: string, range?: ByteRange): Bytes;
  /** Depth first, parents before children, names in byte order; mount points below are entered unless `oneFileSystem`.
   * Each file's content must be consumed (or skipped by asking for the next entry) before the next. */
  walk(path: string, options?: WalkOptions): AsyncIterable<WalkedEntry>;
  /** Creates or replaces what `entry` says, whose owner must exist here (`KernelRights.ids`). Parents that miss are made (0755 root). A directory over a directory keeps its children.
   * A last symlink is replaced, never followed, parents resolve inside the root. Pipelined: errors surface at the latest in `flush`. */
  put(entry: TreeEntry, content?: Bytes): Promise<void>;
  /** Removes a file or a whole tree below the root; absent is no error. */
  remove(path: string): Promise<void>;
  /** Removes all children of a directory (opaque whiteout). */
  empty(path: string): Promise<void>;
  /** Waits for everything sent so far. @throws the first failure. With `sync` also syncfs(2). */
  flush(options?: { readonly sync?: boolean }): Promise<void>;

  /** As `stat`, with what a file explorer shows; its name is empty. */
  status(path: string, options: { readonly follow: boolean }): Promise<FileStatus | undefined>;
  /** What lies in one directory, links to it followed, in no order. */
  list(path: string): AsyncIterable<FileStatus>;
  /** Writes a regular file where it is, links followed; a new one belongs to whom its directory belongs to, which must be
   * there. Nothing of the content is asked for before the file is open. */
  write(path: string, content: Bytes, options: WriteFileOptions): Promise<void>;
  /** Its parent must be there, whose owner it gets. */
  makeDirectory(path: string): Promise<void>;
  /** As rename(2); what is at the new path is an error unless `overwrite`. */
  rename(from: string, to: string, options: { readonly overwrite: boolean }): Promise<void>;
  /** Removes a file, an empty directory, or with `recursive` a whole tree. Unlike with `remove`, absent is an error. */
  unlink(path: string, options: { readonly recursive: boolean }): Promise<void>;
  /** Changes from now on until the tree is closed, which ends the iteration as well. Paths are relative to the watched one. No
   * other call is answered meanwhile. */
  watch(path: string, options: { readonly recursive: boolean }): Promise<AsyncIterable<FileChange>>;
}

/** Part of a file; `length` absent = to its end. */
export interface ByteRange {
  readonly offset: number;
  readonly length?: number;
}

export interface WalkOptions {
  readonly oneFileSystem?: boolean;
  /** Leave file contents out. */
  readonly metadataOnly?: boolean;
}

export interface WalkedEntry extends TreeEntry {
  /** For `file`, unless metadataOnly. */
  readonly content?: Bytes;
}

export interface BridgeRequest {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly mtu?: number;
}

export interface VethRequest {
  readonly netns: string;
  readonly bridge: string;
  /** Name on the host side, at most 15 bytes. */
  readonly hostName: string;
  /** Name inside, e.g. eth0. */
  readonly containerName: string;
  readonly mac: string;
  /** CIDR, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** Default routes through it, one a family, for a namespace that has none yet. */
  readonly gateways?: readonly string[];
  readonly mtu?: number;
  /** Nothing goes from and to other ends of the bridge. The kernel's rules know these by their names. */
  readonly isIsolated?: boolean;
}

export interface DefaultRoute {
  readonly gateway: string;
  /** Interface inside the namespace. */
  readonly device: string;
}

export interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerIp: string;
  readonly containerPort: number;
}

export interface ShimRequest {
  readonly kind: 'container' | 'exec';
  /** Directory on tmpfs that the shim writes `shim.pid`, `pid`, `exit` and `runtime.log` into, and where `socket` lies. */
  readonly directory: string;
  /** Unix stream socket it listens on; at most 107 bytes. */
  readonly socket: string;
  /** The runtime's argument vector up to and including the id, `argv[0]` is the path to execute. Of the form
   * `crun … run --detach --pid-file <directory>/pid --bundle … ID`; with a terminal the shim adds nothing: pass
   * `--console-socket <directory>/console` yourself. */
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly terminal: boolean;
  /** Keep a stdin pipe open for attaching clients; otherwise /dev/null. */
  readonly stdin: boolean;
  /** Close stdin for good when the first attached client leaves or half-closes (StdinOnce). */
  readonly stdinOnce: boolean;
  /** Let nothing of the program run before its terminal has the size that was asked for before the start: for a runtime that
   * sets it late. As far as this process may trace others. */
  readonly holdProgram?: boolean;
  readonly log: ShimLog;
  /** Directories to read the out-of-memory counters from and remove after the exit (all hierarchies of the container). */
  readonly cgroups: readonly string[];
  /** Argument vector that removes the runtime's state after the exit (`crun delete --force ID`), run by the shim only when
   * `removePaths` cannot be trusted to be enough. */
  readonly deleteArgv: readonly string[];
  /** Runtime state to remove after the exit, e.g. /run/crun/ID. Empty: run deleteArgv. */
  readonly removePaths: readonly string[];
  /** Unmount this path (the cgroup2 tree of a hybrid host) in a private mount namespace before executing the runtime. */
  readonly hidePath?: string;
  /** oom_score_adj for the shim itself. */
  readonly oomScoreAdj?: number;
}

export interface ShimLog {
  readonly driver: 'json-file' | 'local' | 'none';
  readonly path: string;
  /** Bytes; 0 = no limit. */
  readonly maxSize: number;
  readonly maxFiles: number;
  /** Bytes that may wait in memory for the disk while the container goes on; what finds no room is dropped. Without it the
   * container waits for the disk. At most 1 GiB. */
  readonly maxWaiting?: number;
  /** Full files are compressed where they lie, by the engine. So that none is renamed meanwhile, each gets the number after the
   * last one's and keeps it: `x.1` is the oldest, where it otherwise is the newest. */
  readonly isCompressed?: boolean;
  /** A JSON object that each record of a json-file carries as `attrs`. 64 KiB at most. */
  readonly attributes?: string;
}
