// nftables through libnftables, loaded in a child of its own: it is large, and what the helper holds every shim would share.
// Where the library is missing the nft command does the same.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duties.h"
#include "netns.h"

struct library {
  void *context;
  int (*run)(void *context, const char *script);
  const char *(*error_text)(void *context);
};

static int worker_fd = -1;

static bool load_library(struct library *library) {
  void *handle = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return false;
  void *(*create)(uint32_t flags) = (void *(*)(uint32_t))dlsym(handle, "nft_ctx_new");
  int (*buffer_output)(void *) = (int (*)(void *))dlsym(handle, "nft_ctx_buffer_output");
  int (*buffer_error)(void *) = (int (*)(void *))dlsym(handle, "nft_ctx_buffer_error");
  library->run = (int (*)(void *, const char *))dlsym(handle, "nft_run_cmd_from_buffer");
  library->error_text = (const char *(*)(void *))dlsym(handle, "nft_ctx_get_error_buffer");
  if (!create || !buffer_output || !buffer_error || !library->run || !library->error_text) return false;
  library->context = create(0);
  return library->context != NULL && buffer_output(library->context) == 0 && buffer_error(library->context) == 0;
}

// The command reads the script on its standard input, and says what is wrong on standard error.
static void run_command(uint32_t id, const char *script) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    reply(id, errno, "pipe");
    return;
  }
  signal(SIGCHLD, SIG_DFL);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(out[1], 2);
    execlp("nft", "nft", "-f", "-", (char *)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  int failed = pid < 0 ? -1 : write_full(in[1], script, strlen(script));
  close(in[1]);
  char text[4096];
  size_t size = 0;
  for (ssize_t got; size < sizeof text - 1 && (got = read(out[0], text + size, sizeof text - 1 - size)) > 0;) {
    size += (size_t)got;
  }
  text[size] = 0;
  close(out[0]);
  int status = -1;
  if (pid > 0) waitpid(pid, &status, 0);
  if (status == 0 && failed == 0) reply(id, 0, "%s", "");
  else if (WIFEXITED(status) && WEXITSTATUS(status) == 127) reply(id, ENOENT, "neither libnftables nor the nft command is installed");
  else reply(id, EINVAL, "nft: %s", text);
}

static void run_script(struct library *library, bool loaded, uint32_t id, const char *script) {
  if (!loaded) {
    run_command(id, script);
    return;
  }
  if (library->run(library->context, script) == 0) {
    reply(id, 0, "%s", "");
    return;
  }
  const char *text = library->error_text(library->context);
  reply(id, EINVAL, "nft: %s", text == NULL ? "" : text);
}

// The library keeps a netlink socket of its namespace, so a script for another one runs in a child that has its own.
static void run_elsewhere(struct request *request, const char *netns, const char *script) {
  if (!fork_duty(request, "coracle-nft")) return;
  struct library library;
  if (enter_netns(netns) != 0) reply(request->id, errno, "enter network namespace %s", netns);
  else run_script(&library, load_library(&library), request->id, script);
  _exit(0);
}

static void work(int fd) {
  struct library library = {.context = NULL};
  bool loaded = load_library(&library);
  for (;;) {
    uint32_t length;
    if (read_full(fd, &length, sizeof length) <= 0) _exit(0);
    char *data = malloc(length);
    if (data == NULL || read_full(fd, data, length) <= 0) _exit(1);
    struct request request = {.at = data + 4, .end = data + length};
    memcpy(&request.id, data, 4);
    const char *netns = next_string(&request), *script = next_string(&request);
    if (*netns == 0) run_script(&library, loaded, request.id, script);
    else run_elsewhere(&request, netns, script);
    free(data);
  }
}

static int start_worker(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_NAME, "coracle-nft");
    int keep[] = {control_fd, pair[1]};
    close_except(3, keep, 2);
    work(pair[1]);
  }
  close(pair[1]);
  if (pid > 0) return pair[0];
  close(pair[0]);
  return -1;
}

void do_nft(struct request *request) {
  const char *start = request->at;
  next_string(request); // the namespace
  next_string(request); // the script
  if (refuse_malformed(request)) return;
  uint32_t length = (uint32_t)(4 + (request->at - start));
  for (int attempt = 0; attempt < 2; attempt++) {
    if (worker_fd < 0) worker_fd = start_worker();
    if (worker_fd < 0) break;
    if (write_full(worker_fd, &length, 4) == 0 && write_full(worker_fd, &request->id, 4) == 0 &&
        write_full(worker_fd, start, length - 4) == 0) {
      return;
    }
    close(worker_fd); // it has died: another one
    worker_fd = -1;
  }
  reply(request->id, errno, "nft");
}
