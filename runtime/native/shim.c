// The shim's start and its loop.
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dns.h"
#include "duties.h"

static const uint64_t idle_ms = 1000;
static const uint64_t paused_terminal_ms = 200;

// One thing to poll; `client` is NULL for what is not one.
struct slot {
  enum { slot_listener, slot_console, slot_signals, slot_output, slot_input, slot_client, slot_dns } kind;
  struct output *output;
  struct client *client;
};

struct poll_set {
  struct pollfd fds[client_limit + dns_poll_limit + 8];
  struct slot slots[client_limit + dns_poll_limit + 8];
  size_t size;
};

static void want(struct poll_set *set, int fd, short events, struct slot slot) {
  set->fds[set->size] = (struct pollfd){.fd = fd, .events = events};
  set->slots[set->size++] = slot;
}

static void collect(struct shim *shim, struct poll_set *set) {
  set->size = 0;
  want(set, shim->signals, POLLIN, (struct slot){.kind = slot_signals});
  if (shim->listener >= 0) want(set, shim->listener, POLLIN, (struct slot){.kind = slot_listener});
  if (shim->console >= 0) want(set, shim->console, POLLIN, (struct slot){.kind = slot_console});
  // While the runtime starts, what it says and what the container says could not be told apart: the pipe keeps it.
  if (!shim->chunk_pending && shim->phase >= phase_running) {
    for (int i = 0; i < 2; i++) {
      struct output *output = &shim->outputs[i];
      if (output->fd >= 0 && !output->paused) want(set, output->fd, POLLIN, (struct slot){.kind = slot_output, .output = output});
    }
  }
  if (awaits_pipe(shim)) want(set, shim->spliced->fd, POLLIN, (struct slot){.kind = slot_output, .output = shim->spliced});
  if (shim->input >= 0 && shim->input_size > 0) want(set, shim->input, POLLOUT, (struct slot){.kind = slot_input});
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    short events = client_may_read(shim, client) ? POLLIN : 0;
    if (client->deaf && events == 0) continue; // its hang-up would be told again and again
    if ((client->behind && !awaits_pipe(shim)) || client->queue_size > 0) events |= POLLOUT;
    want(set, client->fd, events, (struct slot){.kind = slot_client, .client = client});
  }
  struct pollfd dns[dns_poll_limit];
  size_t count = dns_collect(shim->dns, dns);
  for (size_t i = 0; i < count; i++) want(set, dns[i].fd, dns[i].events, (struct slot){.kind = slot_dns});
}

static int timeout(const struct shim *shim) {
  uint64_t now = now_ms(), at = UINT64_MAX;
  if (shim->phase == phase_waiting && shim->clients == NULL) at = shim->abandoned_deadline;
  if (shim->phase == phase_draining) at = shim->drain_deadline;
  if (shim->phase == phase_ended) at = shim->end_deadline;
  if (shim->dirty && now + idle_ms < at) at = now + idle_ms;
  for (int i = 0; i < 2; i++) {
    if (shim->outputs[i].paused && now + paused_terminal_ms < at) at = now + paused_terminal_ms;
  }
  return at == UINT64_MAX ? -1 : at <= now ? 0 : (int)(at - now);
}

static void serve_client(struct shim *shim, struct client *client, short events) {
  if (events & (POLLHUP | POLLERR)) {
    client->deaf = true; // both directions are shut, though what it sent before may still be there to read
    client->behind = false;
  }
  if (events & POLLOUT) flush_queue(client);
  if (client_may_read(shim, client)) read_client(shim, client);
  bool watches_output = client->attached && (client->mask & 6) != 0 && !client->deaf;
  if (client->eof && !watches_output) client->gone = true;
}

static void serve(struct shim *shim, struct poll_set *set) {
  for (size_t i = 0; i < set->size; i++) {
    short events = set->fds[i].revents;
    if (events == 0) continue;
    struct slot *slot = &set->slots[i];
    switch (slot->kind) {
      case slot_signals: reap(shim); break;
      case slot_listener: accept_clients(shim); break;
      case slot_console: accept_console(shim); break;
      case slot_output: pump_output(shim, slot->output); break;
      case slot_input: write_input(shim); break;
      case slot_client: serve_client(shim, slot->client, events); break;
      case slot_dns: dns_serve(shim->dns, set->fds[i].fd, events); break;
    }
  }
  remove_gone(shim); // first: with a client that leaves nobody may be left to wait for
  deliver(shim);
}

// A client that takes nothing for so long after the end has its connection closed: the exit is not its to hold up.
static void drop_stuck(struct shim *shim) {
  uint64_t now = now_ms();
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    if (client->behind && now - client->stuck_since >= drain_ms) client->gone = true;
  }
  remove_gone(shim);
  deliver(shim);
}

static void drain(struct shim *shim) {
  bool open = false, owed = false;
  for (int i = 0; i < 2; i++) {
    if (shim->outputs[i].fd < 0) continue;
    open = true;
    owed = owed || shim->outputs[i].owed > 0;
  }
  uint64_t now = now_ms();
  if (shim->chunk_pending) {
    drop_stuck(shim);
    if (now >= shim->drain_deadline) shim->drain_deadline = now + 100;
    return;
  }
  if (open && (owed || now < shim->drain_deadline)) {
    if (now >= shim->drain_deadline) shim->drain_deadline = now + 100;
    return;
  }
  finish_exit(shim);
}

static bool abandoned(struct shim *shim) {
  if (shim->phase != phase_waiting) return false;
  if (shim->clients != NULL || shim->abandoned_deadline == 0) shim->abandoned_deadline = now_ms() + abandoned_ms;
  return now_ms() >= shim->abandoned_deadline;
}

static void run(struct shim *shim) {
  static struct poll_set set;
  for (;;) {
    if (abandoned(shim)) {
      unlink(shim->options.socket);
      return;
    }
    if (shim->phase == phase_draining) drain(shim);
    if (shim->phase == phase_ended && (shim->clients == NULL || now_ms() >= shim->end_deadline)) return;
    collect(shim, &set);
    int ready = poll(set.fds, set.size, timeout(shim));
    if (ready > 0) serve(shim, &set);
    if (ready != 0) continue;
    for (int i = 0; i < 2; i++) {
      if (!shim->outputs[i].paused) continue;
      shim->outputs[i].paused = false;
      pump_output(shim, &shim->outputs[i]);
    }
    if (shim->dirty) trim(shim);
  }
}

static int write_number(const char *directory, const char *name, long number) {
  char path[4200], text[24];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  int size = snprintf(text, sizeof text, "%ld", number);
  int failed = write_full(fd, text, (size_t)size);
  close(fd);
  return failed;
}

static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGCHLD, SIG_DFL);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// Everything that can fail before the first client, in the shim's own process. 0 or an errno, `what` says where.
static int prepare(struct shim *shim, const char **what) {
  prctl(PR_SET_NAME, "coracle-shim");
  signal(SIGHUP, SIG_IGN);
  setsid();
  *what = "subreaper";
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return errno;
  *what = "open /dev/null";
  shim->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (shim->null_fd < 0) return errno;
  for (int fd = 0; fd < 3; fd++) dup2(shim->null_fd, fd);
  *what = shim->options.directory;
  if (write_number(shim->options.directory, "shim.pid", getpid()) != 0) return errno;
  *what = shim->log.path;
  if (log_open(&shim->log) != 0) return errno;
  *what = shim->options.socket;
  shim->listener = listen_unix(shim->options.socket);
  if (shim->listener < 0) return errno;
  *what = "signalfd";
  shim->signals = open_signals();
  if (shim->signals < 0 || !setup_io(shim)) return errno;
  int keep[] = {shim->null_fd, shim->log.fd, shim->listener, shim->signals, shim->options.program_fd, control_fd};
  close_except(3, keep, sizeof keep / sizeof *keep);
  *what = "thread of the log";
  return log_start(&shim->log) == 0 ? 0 : errno;
}

// A path below /proc/<this process>/fd is a sealed program of the helper's, which the shim inherits.
static int sealed_descriptor(const char *path) {
  int pid = 0, fd = -1, size = 0;
  if (sscanf(path, "/proc/%d/fd/%d%n", &pid, &fd, &size) != 2 || path[size] != 0 || pid != getpid()) return -1;
  return fd;
}

static bool parse(struct request *request, struct shim *shim) {
  struct options *options = &shim->options;
  options->is_container = strcmp(next_string(request), "container") == 0;
  options->directory = next_string(request);
  options->socket = next_string(request);
  options->terminal = next_int(request, 0, 1) == 1;
  options->keep_input = next_int(request, 0, 1) == 1;
  options->input_once = next_int(request, 0, 1) == 1;
  options->hold_program = next_int(request, 0, 1) == 1;
  const char *driver = next_string(request);
  shim->log.driver = strcmp(driver, "json-file") == 0 ? log_json : strcmp(driver, "local") == 0 ? log_local : log_none;
  shim->log.path = next_string(request);
  shim->log.max_size = next_int(request, 0, INT64_MAX / 2);
  shim->log.max_files = next_int(request, 0, 1000);
  shim->log.max_waiting = next_int(request, -1, 1 << 30);
  shim->log.counts_up = next_int(request, 0, 1) == 1;
  shim->log.attributes = next_string(request);
  shim->log.attributes_size = strlen(shim->log.attributes);
  if (shim->log.attributes_size > log_attributes_limit) request->bad = true;
  options->hide_path = next_string(request);
  options->oom_score_adj = next_string(request);
  size_t count;
  options->argv = next_list(request, &count);
  if (count == 0) request->bad = true;
  options->env = next_list(request, &count);
  options->cgroups = next_list(request, &count);
  options->delete_argv = next_list(request, &count);
  options->remove_paths = next_list(request, &count);
  options->program_fd = request->bad ? -1 : sealed_descriptor(options->argv[0]);
  return !request->bad;
}

static void free_lists(struct shim *shim) {
  free(shim->options.argv);
  free(shim->options.env);
  free(shim->options.cgroups);
  free(shim->options.delete_argv);
  free(shim->options.remove_paths);
}

void do_start_shim(struct request *request) {
  struct shim shim = {.listener = -1, .console = -1, .signals = -1, .terminal = -1, .input = -1, .null_fd = -1, .runtime_text = -1};
  shim.outputs[0] = (struct output){.fd = -1, .kind = stream_out};
  shim.outputs[1] = (struct output){.fd = -1, .kind = stream_err};
  if (!parse(request, &shim)) {
    refuse_malformed(request);
  } else if (fork_duty(request, "coracle-shim")) {
    const char *what = "";
    int error = prepare(&shim, &what);
    if (error != 0) reply(request->id, error, "start shim: %s", what);
    else reply(request->id, 0, "%d", (int)getpid());
    close(control_fd);
    control_fd = -1;
    if (error == 0) run(&shim);
    _exit(error == 0 ? 0 : 1);
  }
  free_lists(&shim);
}
