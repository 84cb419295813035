// The protocol of a shim's socket, once, for the C side (`native/shim.c`) and the TypeScript side.
//
// Several clients may connect. A client sends messages: one byte type, 32-bit big-endian length, payload.
//
//   S  start        run the runtime now (once; a container shim waits for it so that nobody misses output)
//   A  attach       payload: one byte mask (1 stdin, 2 stdout, 4 stderr). From here on the shim's direction of this
//                   connection is the bare stream: Docker frames (type, 000, 32-bit length, bytes) without a terminal, raw
//                   bytes with one, and the end of the connection once the output has ended. The client may still send I, E, R.
//   I  input        bytes for stdin          E  end of stdin          R  resize: rows, columns, 16-bit each
//                   (E, and leaving or half-closing an attached connection with stdin, count only with stdinOnce and
//                   without a terminal: otherwise stdin stays open for the next client)
//   K  kill         payload: one byte signal, sent to the container's first process, which the shim has not reaped
//   T  take over    payload: the mask, process id and descriptor, 32-bit big-endian each, the socket's inode, 64-bit, before A on
//                   a fresh connection: the shim takes that socket out of the process and writes the output there itself, unless
//                   the descriptor is another's by then; answered by T. This connection stays for I, E, R and ends with the output.
//   W  watch        status messages on this connection, the current state at once (nothing before the start)
//   D  dns          payload: netns path NUL daemon socket path; opens 127.0.0.11 in the namespace on a free port and relays;
//                   answered by N
//
// Status messages (shim to client, on a connection that sent S or W): type byte, 32-bit big-endian length, payload.
//   P  started      pid, decimal
//   F  failed       runtime's exit status, decimal, NUL, what it logged. The shim ends afterwards.
//   X  exited       code, decimal, NUL, `1` when the kernel's OOM killer struck in its cgroup, NUL, unix time in nanoseconds
//   T  taken        errno, decimal: 0 when the socket is the shim's from now on; else nothing has happened, send A
//   N  dns port     UDP port, NUL, TCP port, decimal; both 0 when it failed, with the reason after another NUL
//
// A shim that is never started ends by itself when no client has been connected for ten seconds.
//
// `exit` on disk holds the X payload, written whole (temporary name, rename) after the log is complete. A shim that cannot
// be connected to and has an `exit` file has ended; one without either died with the machine.
//
// DNS relay, shim to daemon socket: 16-bit length of the rest, 32-bit token, DNS message; the first message of the
// connection is `length, container id in ASCII`. Replies in the same form with the same token, in any order. The top bit of
// the token is set when the query came over TCP: the daemon then answers in full, else it truncates to what UDP may carry.
//
// `local` log records: 32-bit little-endian length N of the payload, 64-bit little-endian unix nanoseconds, one byte stream
// (1 or 2), one byte flags (1 = partial line), N bytes (the newline of a whole line is not kept), N once more.

export const messageType = {
  start: 0x53,
  attach: 0x41,
  takeOver: 0x54,
  input: 0x49,
  endInput: 0x45,
  resize: 0x52,
  kill: 0x4b,
  watch: 0x57,
  dns: 0x44,
} as const;

export const statusType = { started: 0x50, failed: 0x46, exited: 0x58, dnsPorts: 0x4e, taken: 0x54 } as const;

export interface ShimExit {
  readonly code: number;
  readonly oomKilled: boolean;
  readonly finishedAtNs: bigint;
}

/** Reads the payload of an X message or an `exit` file. @returns undefined when it is not one. */
export function parseShimExit(text: string): ShimExit | undefined {
  const match = /^(\d+)\0([01])\0(\d+)/.exec(text);
  if (match === null) return undefined;
  return { code: Number(match[1]), oomKilled: match[2] === '1', finishedAtNs: BigInt(match[3] ?? '0') };
}
