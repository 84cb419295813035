// The runtime and the container's first process. The runtime leaves with `--detach`, and the first process becomes a child
// of this subreaper; either may be reaped first.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"
#include "wire.h"

static const int pipe_size = 1 << 20;

static uint64_t wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Best effort: lowering needs a capability that the engine may not have. `old` gets the value before, when asked for.
static void set_oom_score(const char *value, char *old, size_t size) {
  const char *path = "/proc/self/oom_score_adj";
  if (old != NULL && read_small(AT_FDCWD, path, old, size) < 0) *old = 0;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)write_full(fd, value, strlen(value));
  close(fd);
}

static int hide(const char *path) {
  if (unshare(CLONE_NEWNS) != 0) return -1;
  if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return -1;
  return umount2(path, MNT_DETACH) == 0 || errno == EINVAL || errno == ENOENT ? 0 : -1;
}

// In a child that shares this process's memory until the program is there: only system calls.
_Noreturn static void execute(const struct shim *shim, const int fds[3], const char *oom_score) {
  const struct options *options = &shim->options;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  for (int fd = 0; fd < 3; fd++) dup2(fds[fd], fd);
  if (*oom_score != 0) set_oom_score(oom_score, NULL, 0);
  const char *what = options->argv[0];
  be_traced(shim);
  if (*options->hide_path != 0 && hide(options->hide_path) != 0) what = options->hide_path;
  else if (options->program_fd >= 0) syscall(SYS_execveat, options->program_fd, "", options->argv, options->env, AT_EMPTY_PATH);
  else execve(options->argv[0], options->argv, options->env);
  dprintf(2, "cannot execute %s: %s\n", what, strerror(errno));
  _exit(127);
}

// The process waits until its child executes the runtime, which spares a copy of its memory that nobody would read.
__attribute__((noinline)) static pid_t spawn_runtime(const struct shim *shim, const int fds[3], const char *oom_score) {
  pid_t pid = vfork();
  if (pid == 0) execute(shim, fds, oom_score);
  return pid;
}

struct pipes {
  int in[2], out[2], err[2];
};

// Everything the runtime's descriptors need. -1 with errno; what was opened stays in `pipes` for `close_pipes`.
static int open_pipes(struct shim *shim, struct pipes *pipes) {
  const struct options *options = &shim->options;
  if (options->terminal) {
    char path[4200];
    snprintf(path, sizeof path, "%s/console", options->directory);
    shim->console = listen_unix(path);
    shim->runtime_text = memfd_create("coracle-runtime", MFD_CLOEXEC);
    return shim->console < 0 || shim->runtime_text < 0 ? -1 : 0;
  }
  if (pipe2(pipes->out, O_CLOEXEC) != 0 || pipe2(pipes->err, O_CLOEXEC) != 0) return -1;
  if (options->keep_input && pipe2(pipes->in, O_CLOEXEC) != 0) return -1;
  fcntl(pipes->out[0], F_SETPIPE_SZ, pipe_size); // smaller where the user's share is used up
  return 0;
}

static void close_pair(int pair[2]) {
  for (int i = 0; i < 2; i++) {
    if (pair[i] >= 0) close(pair[i]);
    pair[i] = -1;
  }
}

static void take_pipes(struct shim *shim, struct pipes *pipes) {
  if (shim->options.terminal) return;
  shim->outputs[0].fd = pipes->out[0];
  shim->outputs[1].fd = pipes->err[0];
  shim->input = pipes->in[1];
  set_nonblocking(shim->outputs[0].fd);
  set_nonblocking(shim->outputs[1].fd);
  if (shim->input >= 0) set_nonblocking(shim->input);
  pipes->out[0] = pipes->err[0] = pipes->in[1] = -1;
}

void start_runtime(struct shim *shim) {
  struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}};
  shim->phase = phase_starting;
  char oom_score[24] = "";
  if (*shim->options.oom_score_adj != 0) set_oom_score(shim->options.oom_score_adj, oom_score, sizeof oom_score);
  int failed = open_pipes(shim, &pipes);
  int error = errno;
  if (failed == 0) {
    bool tty = shim->options.terminal;
    int fds[3] = {pipes.in[0] >= 0 ? pipes.in[0] : shim->null_fd, tty ? shim->null_fd : pipes.out[1],
                  tty ? shim->runtime_text : pipes.err[1]};
    shim->runtime = spawn_runtime(shim, fds, oom_score);
    error = errno;
    failed = shim->runtime < 0 ? -1 : 0;
  }
  if (failed == 0) take_pipes(shim, &pipes);
  close_pair(pipes.in);
  close_pair(pipes.out);
  close_pair(pipes.err);
  if (shim->options.program_fd >= 0) close(shim->options.program_fd);
  shim->options.program_fd = -1;
  if (failed == 0) {
    write_input(shim); // what clients sent ahead
    return;
  }
  shim->failure = strerror(error);
  finish_failure(shim, 126);
}

void set_size(struct shim *shim, uint16_t rows, uint16_t columns) {
  shim->has_size = true;
  shim->rows = rows;
  shim->columns = columns;
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  if (shim->terminal >= 0) ioctl(shim->terminal, TIOCSWINSZ, &size);
}

// The runtime connects and sends the master's descriptor along with a name that nobody needs.
static int receive_descriptor(int socket) {
  char data[256];
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr header;
  } control;
  struct iovec part = {.iov_base = data, .iov_len = sizeof data};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct timeval patience = {.tv_sec = 2};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    return -1;
  }
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

void accept_console(struct shim *shim) {
  int socket = accept4(shim->console, NULL, NULL, SOCK_CLOEXEC);
  if (socket < 0) return;
  int master = receive_descriptor(socket);
  close(socket);
  if (master < 0) return;
  close(shim->console);
  shim->console = -1;
  set_nonblocking(master);
  shim->terminal = shim->outputs[0].fd = master;
  if (shim->options.keep_input) shim->input = master;
  if (shim->has_size) set_size(shim, shim->rows, shim->columns);
  release_program(shim);
  write_input(shim);
}

static void first_ended(struct shim *shim, int status, uint64_t time_ns) {
  shim->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  shim->exit_ns = time_ns;
  shim->phase = phase_draining;
  shim->drain_deadline = now_ms() + drain_ms;
  kill_leftovers(shim);
  for (int i = 0; i < 2; i++) {
    int owed = 0;
    shim->outputs[i].paused = false;
    if (shim->outputs[i].fd >= 0 && ioctl(shim->outputs[i].fd, FIONREAD, &owed) == 0) shim->outputs[i].owed = (size_t)owed;
  }
}

static void runtime_ended(struct shim *shim, int status) {
  shim->runtime = 0;
  if (shim->console >= 0) accept_console(shim); // it may be there, and not have been polled yet
  release_program(shim);
  char path[4200], text[32];
  snprintf(path, sizeof path, "%s/pid", shim->options.directory);
  long pid = read_small(AT_FDCWD, path, text, sizeof text) > 0 ? strtol(text, NULL, 10) : 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || pid <= 0 || pid > INT32_MAX) {
    int code = !WIFEXITED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status) == 0 ? 1 : WEXITSTATUS(status);
    finish_failure(shim, code);
    return;
  }
  shim->first = (pid_t)pid;
  shim->phase = phase_running;
  tell_watchers(shim, 'P', text, (size_t)snprintf(text, sizeof text, "%ld", pid));
  for (size_t i = 0; i < shim->reaped_count; i++) {
    if (shim->reaped[i].pid == shim->first) first_ended(shim, shim->reaped[i].status, shim->reaped[i].time_ns);
  }
}

void reap(struct shim *shim) {
  struct signalfd_siginfo ignored[8];
  while (read(shim->signals, ignored, sizeof ignored) > 0) continue;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (WIFSTOPPED(status)) {
      trace_stopped(shim, pid, status);
      continue;
    }
    if (pid == shim->held) shim->held = 0;
    if (pid == shim->runtime) {
      runtime_ended(shim, status);
    } else if (shim->phase == phase_running && pid == shim->first) {
      first_ended(shim, status, wall_ns());
    } else if (shim->phase == phase_starting) {
      size_t at = shim->reaped_count % reaped_limit;
      shim->reaped[at].pid = pid;
      shim->reaped[at].status = status;
      shim->reaped[at].time_ns = wall_ns();
      if (shim->reaped_count < reaped_limit) shim->reaped_count++;
    }
  }
}
