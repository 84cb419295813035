// The tree worker's process: made, told from its socket what to do, gone with its client.
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "duties.h"

static const int connect_ms = 10000;

void tree_take(struct tree *tree, size_t size) {
  tree->in_start += size;
  if (tree->in_start == tree->in_end) tree->in_start = tree->in_end = 0;
}

const unsigned char *tree_need(struct tree *tree, size_t size) {
  if (tree->in_start + size > in_capacity) {
    memmove(tree->in, tree->in + tree->in_start, tree->in_end - tree->in_start);
    tree->in_end -= tree->in_start;
    tree->in_start = 0;
  }
  while (tree->in_end - tree->in_start < size) {
    ssize_t got = read(tree->socket, tree->in + tree->in_end, in_capacity - tree->in_end);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(0); // the client has gone
    tree->in_end += (size_t)got;
  }
  return tree->in + tree->in_start;
}

void tree_send(struct tree *tree) {
  if (write_full(tree->socket, tree->out, tree->out_size) != 0) _exit(0);
  tree->out_size = 0;
}

unsigned char *tree_room(struct tree *tree, size_t size) {
  if (tree->out_size + size > out_capacity) tree_send(tree);
  return tree->out + tree->out_size;
}

static void put_little(unsigned char *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get_little(const unsigned char *at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t get_long(const unsigned char *at) {
  return get_little(at) | (uint64_t)get_little(at + 4) << 32;
}

void tree_frame(struct tree *tree, char type, const void *payload, size_t size) {
  unsigned char *at = tree_room(tree, frame_size + size);
  at[0] = (unsigned char)type;
  put_little(at + 1, (uint32_t)size);
  memcpy(at + frame_size, payload, size);
  tree->out_size += frame_size + size;
}

void tree_error(struct tree *tree, char type, int error, const char *call, const char *path) {
  unsigned char payload[4 + path_limit + 64];
  put_little(payload, (uint32_t)error);
  int size = snprintf((char *)payload + 4, sizeof payload - 4, "%s %s", call, *path == 0 ? "/" : path);
  if (size < 0) size = 0;
  if ((size_t)size > sizeof payload - 5) size = (int)sizeof payload - 5;
  tree_frame(tree, type, payload, 4 + (size_t)size);
}

bool tree_cancelled(struct tree *tree) {
  if (tree->in_end == tree->in_start) {
    unsigned char first;
    if (recv(tree->socket, &first, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) return false;
  }
  if (*tree_need(tree, frame_size) != 'C') return false;
  tree_take(tree, frame_size);
  return true;
}

// Copies the path at the end of a small request. Absolute ones mean the same as relative ones here.
static bool copy_path(const unsigned char *from, size_t size, char to[path_limit]) {
  while (size > 0 && *from == '/') {
    from++;
    size--;
  }
  if (size >= path_limit || memchr(from, 0, size) != NULL) return false;
  memcpy(to, from, size);
  to[size] = 0;
  return true;
}

static void flush_puts(struct tree *tree, bool sync) {
  tree_set_times(tree);
  if (tree->failure == 0 && sync && syncfs(tree->root) != 0) {
    tree_error(tree, 'E', errno, "sync", "");
  } else if (tree->failure != 0) {
    tree_error(tree, 'E', tree->failure, tree->failure_text, "");
  } else {
    tree_frame(tree, 'k', "", 0);
  }
  tree->failure = 0;
}

static void serve_put(struct tree *tree, size_t size) {
  static struct entry entry;
  if (size > entry_size + 2 * path_limit + attributes_limit) _exit(1);
  if (!entry_decode(tree_need(tree, size), size, &entry)) _exit(1);
  tree_put(tree, &entry, size);
}

// How many bytes stand before the path.
static size_t options_of(unsigned char type) {
  switch (type) {
    case 's': case 'w': case 'S': case 'u': case 'N': return 1;
    case 'W': case 'm': return 3;
    case 'o': return 16;
    default: return 0;
  }
}

static void serve_named(struct tree *tree, unsigned char type, const unsigned char *payload, size_t size) {
  char path[path_limit], other[path_limit];
  unsigned char options[16];
  size_t before = options_of(type);
  if (size < before) _exit(1);
  memcpy(options, payload, before);
  size_t first = type == 'm' ? options[1] | (size_t)options[2] << 8 : size - before;
  if (before + first > size) _exit(1);
  bool copied = copy_path(payload + before, first, path) &&
                (type != 'm' || copy_path(payload + before + first, size - before - first, other));
  tree_take(tree, size);
  if (!copied) {
    tree_error(tree, 'E', EINVAL, "path", "");
    return;
  }
  switch (type) {
    case 's': tree_stat(tree, path, options[0] != 0); return;
    case 'r': tree_real_path(tree, path); return;
    case 'o': tree_read(tree, path, get_long(options), get_long(options + 8)); return;
    case 'w': tree_walk(tree, path, options[0]); return;
    case 'x': tree_remove(tree, path); return;
    case 'e': tree_empty(tree, path); return;
    case 'S': tree_status(tree, path, options[0] != 0); return;
    case 'l': tree_list(tree, path); return;
    case 'W': tree_write(tree, path, options[0], (mode_t)(options[1] | options[2] << 8)); return;
    case 'M': tree_make_directory(tree, path); return;
    case 'm': tree_rename(tree, path, other, options[0]); return;
    case 'u': tree_unlink(tree, path, options[0] != 0); return;
    case 'N': tree_watch(tree, path, options[0] != 0); return;
    default: _exit(1);
  }
}

static void serve(struct tree *tree) {
  for (;;) {
    // Answers go out when no further request is waiting.
    if (tree->in_start == tree->in_end && tree->out_size > 0) tree_send(tree);
    const unsigned char *head = tree_need(tree, frame_size);
    unsigned char type = head[0];
    size_t size = get_little(head + 1);
    tree_take(tree, frame_size);
    if (type == 'P') {
      serve_put(tree, size);
      continue;
    }
    if (size > 2 * path_limit + 16) _exit(1);
    const unsigned char *payload = tree_need(tree, size);
    if (type == 'C') {
      tree_take(tree, size); // came too late: the stream had ended
    } else if (type == 'f') {
      bool sync = size > 0 && *payload != 0;
      tree_take(tree, size);
      flush_puts(tree, sync);
    } else {
      serve_named(tree, type, payload, size);
    }
  }
}

static int await_client(int listener) {
  struct pollfd waiting = {.fd = listener, .events = POLLIN};
  if (poll(&waiting, 1, connect_ms) <= 0) _exit(1);
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) _exit(1);
  close(listener);
  int size = 1 << 20;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return fd;
}

// From outside the tree. 0 or an errno.
static int open_layers(struct tree *tree, const struct tree_place *place, const char **what) {
  if (place->copied_ns == 0) return 0;
  size_t at;
  int error = layers_open(&tree->layers, place->layers, place->layer_count, &at);
  if (error != 0) *what = place->layers[at];
  tree->differs = true;
  tree->copied_ns = place->copied_ns;
  return error;
}

// From outside the tree as well. 0 or an errno.
static int open_contents(struct tree *tree, const struct tree_place *place, const char **what) {
  if (*place->contents == 0) return 0;
  *what = place->contents;
  tree->contents = open(place->contents, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  return tree->contents < 0 ? errno : 0;
}

// 0 or an errno; on success the process is inside the tree.
static int prepare(struct tree *tree, const struct tree_place *place, const char **what) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max; // one descriptor for each level of a deep tree
    setrlimit(RLIMIT_NOFILE, &files);
  }
  umask(0);
  *what = "/proc/self/fd";
  tree->descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (tree->descriptors < 0) return errno;
  int error = open_layers(tree, place, what);
  if (error == 0) error = open_contents(tree, place, what);
  if (error == 0) error = tree_enter(place, what);
  if (error != 0) return error;
  *what = place->root;
  tree->root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tree->root < 0 || fchdir(tree->descriptors) != 0) return errno;
  size_t size = in_capacity + out_capacity;
  unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  tree->in = memory;
  tree->out = memory + in_capacity;
  return 0;
}

static void run_worker(uint32_t id, const char *socket, const struct tree_place *place) {
  struct tree tree = {.parent = -1, .contents = -1};
  const char *what = socket;
  close_except(3, &control_fd, 1);
  int listener = listen_unix(socket);
  int error = listener < 0 ? errno : prepare(&tree, place, &what);
  reply(id, error, "open tree %s: %s", place->root, what);
  close(control_fd);
  control_fd = -1;
  if (error != 0) _exit(1);
  tree.socket = await_client(listener);
  serve(&tree);
}

void do_open_tree(struct request *request) {
  struct tree_place place = {.join_pid = 0};
  const char *socket = next_string(request);
  place.root = next_string(request);
  place.join_pid = next_int(request, 0, INT32_MAX);
  place.overlay = next_string(request);
  place.cwd = next_string(request);
  place.binds = next_list(request, &place.bind_count);
  place.copied_ns = next_int(request, 0, INT64_MAX);
  place.layers = next_list(request, &place.layer_count);
  place.contents = next_string(request);
  if (place.binds == NULL || place.bind_count % 3 != 0 || place.layers == NULL) request->bad = true;
  if (!refuse_malformed(request) && fork_duty(request, "coracle-tree")) run_worker(request->id, socket, &place);
  free(place.binds);
  free(place.layers);
}
