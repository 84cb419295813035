/* What POSIX has and wasi-libc lacks, with POSIX's names and meaning. Sources that include this compile for Linux as well, where libc has it
 * all; the few calls that are ours begin with sys_. */

#ifndef SYS_H
#define SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#ifdef __wasi__
#include <coracle.h>

/* wasi-libc gives sockets and pipes the same type, and none of both Linux's. */
#undef S_IFIFO
#undef S_IFSOCK
#undef S_ISFIFO
#undef S_ISSOCK
#define S_IFIFO 0x1000
#define S_IFSOCK 0xc000
#define S_ISFIFO(mode) (((mode)&0xf000) == S_IFIFO)
#define S_ISSOCK(mode) (((mode)&0xf000) == S_IFSOCK)
#ifndef S_ISUID
#define S_ISUID 04000
#define S_ISGID 02000
#define S_ISVTX 01000
#endif

int sys_stat(const char *path, struct stat *status);
int sys_lstat(const char *path, struct stat *status);
int sys_fstat(int descriptor, struct stat *status);
#define stat(path, status) sys_stat(path, status)
#define lstat(path, status) sys_lstat(path, status)
#define fstat(descriptor, status) sys_fstat(descriptor, status)

int chmod(const char *path, mode_t mode);
int chown(const char *path, uid_t uid, gid_t gid);
int lchown(const char *path, uid_t uid, gid_t gid);
int mkfifo(const char *path, mode_t mode);
mode_t umask(mode_t mask);
int pipe(int ends[2]);
int dup(int descriptor);
int dup2(int from, int to);
int kill(pid_t pid, int signal);
pid_t getpid(void);
pid_t getppid(void);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int gethostname(char *name, size_t room);
int chdir(const char *path);
char *getcwd(char *buffer, size_t room);

#define major(device) ((unsigned)((device) >> 8 & 0xfff))
#define minor(device) ((unsigned)(((device)&0xff) | ((device) >> 12 & 0xfff00)))
#else
#include <signal.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#endif

struct sys_command {
  char *const *argv;    /* ended by a null pointer; the first is looked for in PATH */
  int descriptors[3];   /* standard input, output and error, as descriptors here */
};
/* Starts a program. @returns its pid; -1 with ENOENT, EACCES, ENOEXEC, EAGAIN */
pid_t sys_spawn(const struct sys_command *command);
/* Becomes a program that is looked for in PATH, with `environ`; comes back only by failing, as sys_spawn does. */
void sys_exec(char *const *argv);
/* As waitpid(2), without options but WNOHANG. */
pid_t sys_wait(pid_t which, int *status, bool hang);
#define SYS_EXITED(status) (((status)&0x7f) == 0)
#define SYS_EXIT_CODE(status) ((status) >> 8 & 0xff)
#define SYS_SIGNAL(status) ((status)&0x7f)
/* Ignores a signal, here and in what is started from now on. */
int sys_ignore(int signal);
/* Lets a signal wait, so that a call that sleeps ends with EINTR; sys_caught then says which one came, or 0. */
int sys_catch(int signal);
int sys_caught(void);

struct sys_space {
  uint64_t total;
  uint64_t free;
};
int sys_space(const char *path, struct sys_space *space);
/* All processes or mounts, as coracle.h lays them out; the caller frees it. Null with errno. */
char *sys_processes(void);
char *sys_mounts(void);
/* Streams over TCP. @returns a descriptor, -1 */
int sys_connect(const char *host, unsigned port);
int sys_listen(unsigned port);
int sys_accept(int listener);
int sys_shutdown_write(int descriptor);
/* Addresses of a name, one per line; the caller frees it. */
char *sys_resolve(const char *host);

struct sys_terminal {
  unsigned rows, columns;
  bool canonical, echo, signals;
};
/* ENOTTY for what is no terminal. */
int sys_terminal(int descriptor, struct sys_terminal *terminal);
/* Sets the three modes; raw ones leave CR as it is. */
int sys_set_terminal(int descriptor, const struct sys_terminal *terminal);

#endif
