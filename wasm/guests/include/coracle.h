/* What a program can ask of Coracle beyond WASI preview 1: processes, signals, terminals, and what preview 1 leaves out of files.
 *
 * Every function gives 0, or a WASI error number. Strings go with their length and need no zero at the end; lists of strings are
 * one after another, each ended by a zero. A program that imports none of this is an ordinary WASI program. */

#ifndef CORACLE_H
#define CORACLE_H

#include <stddef.h>
#include <stdint.h>

#define CORACLE(name) __attribute__((import_module("coracle_1"), import_name(#name)))

/* Descriptors. 3 is the root and 4 the working directory in every new process. */

int32_t coracle_pipe(int32_t *ends) CORACLE(pipe); /* reader, writer */
/* The same description at the lowest free descriptor that is not below `least`. */
int32_t coracle_dup(int32_t descriptor, int32_t least, int32_t *made) CORACLE(dup);
/* The same description at `to`, in place of what is there. */
int32_t coracle_dup2(int32_t from, int32_t to) CORACLE(dup2);

/* Processes. */

struct coracle_spawn {
  const char *path; /* of the program, looked for as it is, from `directory` */
  uint32_t path_length;
  const char *argv; /* strings ended by zeros */
  uint32_t argv_length;
  const char *env; /* KEY=value, ended by zeros */
  uint32_t env_length;
  const char *directory; /* working directory; absolute, or from the caller's */
  uint32_t directory_length;
  const int32_t *descriptors; /* 0, 1 and 2 of the new process, as descriptors of the caller; -1 leaves it closed */
  uint32_t descriptor_count;
  int32_t group;    /* -1 the caller's, 0 a new one of its own, else that one */
  uint32_t ignored; /* signals that it ignores from the beginning: bit n-1 for signal n, of the first 32 */
};

/* ENOENT: no such file. EACCES: no permission to execute, or a directory. ENOEXEC: no program that can be run here (a script begins with `#!`
 * and is run by what it names). */
int32_t coracle_spawn(const struct coracle_spawn *what, int32_t *pid) CORACLE(spawn);
/* Becomes another program, with the same pid; returns only by failing. `group` and `descriptors` as above. */
int32_t coracle_exec(const struct coracle_spawn *what) CORACLE(exec);

#define CORACLE_WAIT_NOHANG 1
#define CORACLE_WAIT_STOPPED 2
#define CORACLE_WAIT_CONTINUED 8
/* As waitpid(2): `which` is a pid, -1 any child, 0 one of the caller's group, else one of group -which. `status` is laid out as on Linux
 * (exit code << 8; signal; 0x7f | signal << 8 for stopped; 0xffff for continued). `pid` is 0 when nothing has happened with NOHANG. ECHILD,
 * EINTR when a caught signal comes. */
int32_t coracle_wait(int32_t which, uint32_t options, int32_t *pid, int32_t *status) CORACLE(wait);
/* As kill(2): a pid, 0 the caller's group, -1 all, else group -pid. Signal 0 only looks. */
int32_t coracle_kill(int32_t pid, int32_t signal) CORACLE(kill);
/* pid, parent, group, user, group of the user. */
int32_t coracle_ids(int32_t ids[5]) CORACLE(ids);
/* Moves a process (0 the caller) to a group (0 its own pid). */
int32_t coracle_set_group(int32_t pid, int32_t group) CORACLE(set_group);
/* All processes, one line each: pid ppid pgid uid state(R S T Z) cpu-milliseconds memory-bytes started-unix-milliseconds, then the words of the
 * command, with tabs between all of it. `used` is what it takes, even when that does not fit. */
int32_t coracle_processes(char *buffer, uint32_t length, uint32_t *used) CORACLE(processes);
int32_t coracle_hostname(char *buffer, uint32_t length, uint32_t *used) CORACLE(hostname);

/* Signals have Linux's numbers. A caught one waits until it is taken, and ends a call that sleeps with EINTR. */

#define CORACLE_SIGNAL_DEFAULT 0
#define CORACLE_SIGNAL_IGNORE 1
#define CORACLE_SIGNAL_CATCH 2
int32_t coracle_signal_mode(int32_t signal, int32_t mode, int32_t *former) CORACLE(signal_mode);
/* The next caught signal, 0 when there is none. */
int32_t coracle_signal_take(int32_t *signal) CORACLE(signal_take);

/* Terminals. */

#define CORACLE_TTY_CANONICAL 1 /* lines, with erasing */
#define CORACLE_TTY_ECHO 2
#define CORACLE_TTY_SIGNALS 4     /* ^C ^\ ^Z */
#define CORACLE_TTY_NEWLINES 8    /* input: CR becomes LF */
#define CORACLE_TTY_OUTPUT 16     /* output: LF becomes CR LF */
struct coracle_tty {
  uint32_t modes;
  uint16_t rows;
  uint16_t columns;
  int32_t foreground; /* the group that may read, and gets signals */
};
/* ENOTTY for what is no terminal. */
int32_t coracle_tty_get(int32_t descriptor, struct coracle_tty *tty) CORACLE(tty_get);
/* Sets `modes` and `foreground`; the size stays. */
int32_t coracle_tty_set(int32_t descriptor, const struct coracle_tty *tty) CORACLE(tty_set);

/* Files. */

struct coracle_stat {
  uint64_t device;
  uint64_t inode;
  uint32_t mode; /* type and permissions, as on Linux */
  uint32_t links;
  uint32_t uid;
  uint32_t gid;
  uint64_t special; /* number of a device */
  uint64_t size;
  uint64_t allocated; /* bytes that it takes */
  int64_t accessed_ns;
  int64_t modified_ns;
  int64_t changed_ns;
};
/* `follow`: go through a link at the end. Relative paths begin at `directory`, a descriptor. */
int32_t coracle_stat(int32_t directory, const char *path, uint32_t length, uint32_t follow, struct coracle_stat *stat)
    CORACLE(stat);
int32_t coracle_fstat(int32_t descriptor, struct coracle_stat *stat) CORACLE(fstat);
int32_t coracle_chmod(int32_t directory, const char *path, uint32_t length, uint32_t mode) CORACLE(chmod);
/* -1 leaves one as it is. */
int32_t coracle_chown(int32_t directory, const char *path, uint32_t length, uint32_t follow, int32_t uid, int32_t gid)
    CORACLE(chown);
int32_t coracle_make_fifo(int32_t directory, const char *path, uint32_t length, uint32_t mode) CORACLE(make_fifo);
/* The mode bits that new files and directories do not get. @former may be null */
int32_t coracle_umask(uint32_t mask, uint32_t *former) CORACLE(umask);
struct coracle_space {
  uint64_t total;
  uint64_t free;
};
int32_t coracle_space(int32_t directory, const char *path, uint32_t length, struct coracle_space *space) CORACLE(space);
/* Mounts, one line each: source, target, type, options, with tabs between them. */
int32_t coracle_mounts(char *buffer, uint32_t length, uint32_t *used) CORACLE(mounts);

/* Sockets: streams (TCP) only. Addresses are text, IPv4 or IPv6. They are read, written, polled and closed as other descriptors are. */

/* Connects to a name or an address. ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT; EACCES when the container has no network; ENOENT for an unknown name. */
int32_t coracle_connect(const char *host, uint32_t length, uint32_t port, int32_t *descriptor) CORACLE(connect);
/* Listens at all addresses of the container; WasmEdge's calls bind to one. EADDRINUSE. */
int32_t coracle_listen(uint32_t port, uint32_t backlog, int32_t *descriptor) CORACLE(listen);
/* Waits for a connection. */
int32_t coracle_accept(int32_t listener, int32_t *descriptor) CORACLE(accept);
#define CORACLE_SHUT_READ 1
#define CORACLE_SHUT_WRITE 2
int32_t coracle_shutdown(int32_t descriptor, uint32_t how) CORACLE(shutdown);
/* The addresses of a name, one line each. */
int32_t coracle_resolve(const char *host, uint32_t length, char *buffer, uint32_t room, uint32_t *used) CORACLE(resolve);

#endif
