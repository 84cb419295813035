// The namespaces of an engine without root, kept apart from whoever uses them. `hold` makes them and stays; `enter` runs a
// program inside; `follow` runs one outside that must not outlive the holder. Each is a process of its own, started by the
// user whose engine it is, and speaks to whoever started it by lines.
#include "rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "wire.h"

enum { failed = 125, cannot_execute = 126, not_found = 127 };

// Where the holder is told that its ids are there, and then that it is noted.
enum { go_fd = 3 };

static void say(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (size > 0) (void)write_full(STDOUT_FILENO, text, strlen(text));
}

// Ends the holder; the line says which call failed and how.
static _Noreturn void refuse(const char *what) {
  say("failed %d %s: %s\n", errno, what, strerror(errno));
  _exit(failed);
}

static long to_pid(const char *text) {
  char *end;
  long pid = strtol(text, &end, 10);
  return *text != 0 && *end == 0 && pid > 1 && pid <= INT32_MAX ? pid : -1;
}

static int open_namespace(long pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/ns/%s", pid, name);
  return open(path, O_RDONLY | O_CLOEXEC);
}

// All are opened before the first is joined: what may be seen changes on the way. 0, or -1 with errno.
static int join(long pid, const char *const *names, size_t count) {
  int fds[4];
  for (size_t i = 0; i < count; i++) {
    fds[i] = open_namespace(pid, names[i]);
    if (fds[i] < 0) return -1;
  }
  for (size_t i = 0; i < count; i++) {
    if (setns(fds[i], 0) != 0) return -1;
    close(fds[i]);
  }
  return 0;
}

// The first `count` of standard input, output and error.
static void let_go(int count) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < count && null >= 0; fd++) dup2(null, fd);
}

// One byte. A holder whose maker has died is known to nobody, and would stay for ever.
static void wait_for_go(void) {
  char go;
  if (read_full(go_fd, &go, 1) != 1) _exit(failed);
}

static void make_namespaces(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0) refuse("unshare");
  say("made %d\n", (int)getpid());
  // Who made us gives us our ids now, which takes rights that we have left behind.
  wait_for_go();
  // The host's later mounts are to be seen in here, ours not out there.
  if (mount("", "/", "", MS_REC | MS_SLAVE, NULL) != 0) refuse("make / a slave mount");
  if (set_loopback_up() != 0) refuse("set lo up");
}

// Namespaces that a shim has kept while their holder died.
static void take_namespaces(long pid) {
  static const char *const names[] = {"user", "mnt", "net"};
  if (join(pid, names, sizeof names / sizeof *names) != 0) refuse("join the namespaces of a container");
  say("made %d\n", (int)getpid());
  wait_for_go();
}

// hold FOLDER [--hide-cgroups] [--join PID]; the folder, the engine's, is there for people who look at processes.
int hold_main(int argc, char **argv) {
  bool hide_cgroups = false;
  long other = argc < 1 ? -1 : 0;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--hide-cgroups") == 0) hide_cgroups = true;
    else if (strcmp(argv[i], "--join") == 0 && i + 1 < argc) other = to_pid(argv[++i]);
    else other = -1;
  }
  if (other < 0) return failed;
  // Whoever starts us becomes another program before long and would never reap us.
  pid_t pid = fork();
  if (pid != 0) return pid < 0 ? failed : 0;
  prctl(PR_SET_NAME, "coracle-hold");
  setsid();
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  if (other > 0) take_namespaces(other);
  else make_namespaces();
  // Groups that are not ours to use, in a shape that runtimes refuse.
  if (hide_cgroups && other == 0 && mount("tmpfs", "/sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=755") != 0) {
    refuse("hide /sys/fs/cgroup");
  }
  if (chdir("/") != 0) refuse("go to /");
  say("ready\n");
  wait_for_go();
  let_go(3);
  close_except(3, NULL, 0);
  for (;;) pause();
}

// enter PID PROGRAM [ARG...]: as root of the holder's user namespace, in its mount namespace, in the present directory.
int enter_main(int argc, char **argv) {
  static const char *const names[] = {"user", "mnt"};
  long pid = argc < 2 ? -1 : to_pid(argv[0]);
  if (pid < 0) return failed;
  char *directory = get_current_dir_name();
  if (join(pid, names, sizeof names / sizeof *names) != 0) {
    fprintf(stderr, "coracle: cannot enter the namespaces of the engine (process %ld): %s\n", pid, strerror(errno));
    return failed;
  }
  if (directory == NULL || chdir(directory) != 0) {
    if (chdir("/") != 0) return failed;
  }
  free(directory);
  execvp(argv[1], argv + 1);
  int error = errno;
  fprintf(stderr, "coracle: %s: %s\n", argv[1], strerror(error));
  return error == ENOENT ? not_found : cannot_execute;
}

static int open_process(pid_t pid) {
  return (int)syscall(SYS_pidfd_open, pid, 0);
}

// What ends sooner than this will not do better the next time.
static const uint64_t fair_run_ms = 1000;

static pid_t start_followed(char **argv, pid_t self) {
  pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != self) _exit(failed);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  execvp(argv[0], argv);
  fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
  _exit(not_found);
}

// True when the holder has ended, and the program with it; false when the program ended by itself.
static bool outlive(int holder, pid_t child) {
  struct pollfd ends[] = {{.fd = holder, .events = POLLIN}, {.fd = open_process(child), .events = POLLIN}};
  while (poll(ends, 2, -1) < 0 && errno == EINTR) {}
  bool over = ends[0].revents != 0;
  if (over) kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  close(ends[1].fd);
  return over;
}

// follow PID PROGRAM [ARG...]: runs the program until the process has ended, again when it crashes. Says its own number, by
// which both end.
int follow_main(int argc, char **argv) {
  long other = argc < 2 ? -1 : to_pid(argv[0]);
  int holder = other < 0 ? -1 : open_process((pid_t)other);
  if (holder < 0) return failed;
  pid_t pid = fork();
  if (pid != 0) return pid < 0 ? failed : 0;
  prctl(PR_SET_NAME, "coracle-follow");
  setsid();
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  pid_t self = getpid(), child = start_followed(argv + 1, self);
  say("made %d\n", (int)self);
  let_go(2); // standard error is the log of what is followed
  close_except(3, &holder, 1);
  for (uint64_t started = now_ms(); child > 0 && !outlive(holder, child); started = now_ms()) {
    if (now_ms() - started < fair_run_ms) return failed;
    child = start_followed(argv + 1, self);
  }
  return child > 0 ? 0 : failed;
}
