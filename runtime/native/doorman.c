// The doorman of an engine that may sleep: it holds the engine's socket whether the engine runs or not, and starts it when
// somebody knocks, so that any client finds one. The engine gets the socket as its standard input, the only descriptor that
// lives through becoming another program on the way into namespaces. Whoever knocks while it ends or begins waits in the
// kernel's queue and is served.
#include "doorman.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

enum { failed = 125, not_found = 127 };

// What an engine ends with that nothing needed. However else it ends, somebody wants it ended or it cannot run.
enum { sleeps_status = 75 };

// An engine that is killed is started again, but not when it ended sooner than this: that would go on for ever.
static const uint64_t fair_run_ms = 5000;

// So often it looks whether its socket can still be found.
static const uint64_t look_ms = 600 * 1000;

struct door {
  const char *path;
  struct stat socket; // what is at `path` as long as it is ours
  char note[128];     // beside the socket, for clients that want no engine woken
  int listener;
  int signals;
};

// Somebody answers there.
static bool in_use(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!copy_string(address.sun_path, sizeof address.sun_path, path)) return false;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool answers = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  if (fd >= 0) close(fd);
  return answers;
}

static void write_note(const struct door *door, const char *state) {
  int fd = open(door->note, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  dprintf(fd, "%d %s\n", (int)getpid(), state);
  close(fd);
}

static bool is_found(const struct door *door) {
  struct stat now;
  return stat(door->path, &now) == 0 && now.st_ino == door->socket.st_ino && now.st_dev == door->socket.st_dev;
}

static _Noreturn void leave(const struct door *door, int status) {
  if (is_found(door)) {
    unlink(door->path);
    unlink(door->note);
  }
  _exit(status);
}

// -1 with errno. Signals wait for `signals` to be read.
static int catch_signals(void) {
  sigset_t wanted;
  sigemptyset(&wanted);
  static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&wanted, numbers[i]);
  return sigprocmask(SIG_BLOCK, &wanted, NULL) == 0 ? signalfd(-1, &wanted, SFD_CLOEXEC) : -1;
}

static bool open_door(struct door *door, const char *path) {
  int size = snprintf(door->note, sizeof door->note, "%s.doorman", path);
  if (size < 0 || (size_t)size >= sizeof door->note) errno = ENAMETOOLONG;
  else if (in_use(path)) errno = EADDRINUSE;
  else {
    door->path = path;
    door->signals = catch_signals();
    door->listener = door->signals < 0 ? -1 : listen_unix(path);
    if (door->listener >= 0 && stat(path, &door->socket) == 0) return true;
  }
  fprintf(stderr, "coracle-doorman: %s: %s\n", path, strerror(errno));
  return false;
}

static pid_t start(const struct door *door, char **argv) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (dup2(door->listener, STDIN_FILENO) != STDIN_FILENO || setenv("CORACLE_DOORMAN", door->path, 1) != 0) _exit(failed);
  execv(argv[0], argv);
  fprintf(stderr, "coracle-doorman: %s: %s\n", argv[0], strerror(errno));
  _exit(not_found);
}

// The next of SIGTERM, SIGINT, SIGHUP and SIGCHLD, or 0 after so many ms; -1 when somebody knocks. `listener` may be -1.
static int next_call(const struct door *door, int listener, uint64_t ms) {
  struct pollfd ends[] = {{.fd = door->signals, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
  int ready = poll(ends, 2, listener < 0 ? -1 : (int)ms);
  if (ready <= 0) return 0;
  struct signalfd_siginfo told;
  if (ends[0].revents != 0 && read_full(door->signals, &told, sizeof told) == sizeof told) return (int)told.ssi_signo;
  return ends[1].revents != 0 ? -1 : 0;
}

// Returns when the engine sleeps; leaves when it ended otherwise.
static void attend(const struct door *door, char **argv) {
  uint64_t started = now_ms();
  pid_t child = start(door, argv);
  if (child < 0) leave(door, failed);
  write_note(door, "awake");
  int status = 0;
  bool is_told = false;
  while (waitpid(child, &status, WNOHANG) != child) {
    int call = next_call(door, -1, 0);
    // A wish to have the door is for those that sleep.
    if (call != SIGTERM && call != SIGINT) continue;
    is_told = true;
    kill(child, SIGTERM);
  }
  bool is_killed = WIFSIGNALED(status) && now_ms() - started >= fair_run_ms;
  bool is_asleep = is_killed || (WIFEXITED(status) && WEXITSTATUS(status) == sleeps_status);
  if (is_told || !is_asleep) leave(door, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

// Returns when somebody knocks; leaves when nobody has for so long, or when told to.
static void wait_for_knock(const struct door *door, uint64_t patience_ms) {
  write_note(door, "asleep");
  for (uint64_t since = now_ms();;) {
    uint64_t waited = now_ms() - since;
    uint64_t left = waited < patience_ms ? patience_ms - waited : 0;
    int call = left == 0 ? SIGHUP : next_call(door, door->listener, left < look_ms ? left : look_ms);
    if (call == -1) return;
    if (call != SIGCHLD && (call != 0 || !is_found(door))) leave(door, 0);
  }
}

int doorman_main(int argc, char **argv) {
  bool begins_asleep = argc > 0 && strcmp(argv[0], "--asleep") == 0;
  if (begins_asleep) argc--, argv++;
  char *end = "";
  long seconds = argc < 3 ? -1 : strtol(argv[1], &end, 10);
  struct door door = {0};
  if (seconds < 1 || *end != 0 || seconds > INT32_MAX || !open_door(&door, argv[0])) return failed;
  prctl(PR_SET_NAME, "coracle-doorman");
  if (!begins_asleep) attend(&door, argv + 2);
  for (;;) {
    wait_for_knock(&door, (uint64_t)seconds * 1000);
    attend(&door, argv + 2);
  }
}
