// Output: read once, written to the log, and sent to every attached client from the same buffer. While one of them has not
// taken it all, nothing more is read: the container waits, as with Docker, but every other duty goes on.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim.h"
#include "wire.h"

// Less than this is cheaper to copy.
static const int splice_least = 32 * 1024;

bool setup_io(struct shim *shim) {
  size_t size = frame_header + chunk_capacity + input_capacity;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  shim->chunk = memory;
  shim->input_data = memory + frame_header + chunk_capacity;
  return true;
}

void trim(struct shim *shim) {
  if (!shim->chunk_pending && shim->input_size == 0) {
    madvise(shim->chunk, frame_header + chunk_capacity + input_capacity, MADV_DONTNEED);
  }
  if (shim->log.ring == NULL) log_trim(&shim->log);
  shim->dirty = false;
}

static bool wants(const struct client *client, int kind) {
  return client->attached && !client->gone && !client->deaf && (client->mask & (kind == stream_out ? 2 : 4)) != 0;
}

// How many clients want this output; `last` is one of them.
static size_t count_wanting(struct shim *shim, int kind, struct client **last) {
  size_t count = 0;
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    if (!wants(client, kind)) continue;
    count++;
    *last = client;
  }
  return count;
}

static void end_output(struct output *output) {
  close(output->fd);
  output->fd = -1;
  output->owed = 0;
}

// Output that is neither logged nor watched goes from the pipe to nowhere without passing through this process.
static ssize_t discard(struct shim *shim, struct output *output) {
  return splice(output->fd, NULL, shim->null_fd, NULL, 1 << 20, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}

static void put_header(unsigned char *at, int kind, size_t size) {
  memset(at, 0, 4);
  at[0] = (unsigned char)kind;
  put_u32(at + 4, (uint32_t)size);
}

// Much output that goes to one client and nowhere else passes as whole pages from the pipe to the socket. Gives false when
// it has to be read after all.
static bool start_splice(struct shim *shim, struct output *output, struct client *client) {
  int available = 0;
  if (ioctl(output->fd, FIONREAD, &available) != 0 || available < splice_least) return false;
  size_t size = (size_t)available;
  unsigned char header[frame_header];
  put_header(header, output->kind, size);
  ssize_t put = send(client->fd, header, sizeof header, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
  if (put != sizeof header) {
    if (put >= 0) client->gone = true; // a torn frame cannot be mended; a socket's buffer never has so little room
    return put >= 0;
  }
  shim->spliced = output;
  shim->splice_left = size;
  shim->chunk_pending = client->behind = true;
  client->stuck_since = now_ms();
  deliver(shim);
  return true;
}

bool awaits_pipe(const struct shim *shim) {
  return shim->spliced != NULL && shim->starved;
}

static bool is_empty(int pipe) {
  int available = 0;
  return ioctl(pipe, FIONREAD, &available) == 0 && available == 0;
}

static void splice_chunk(struct shim *shim, struct client *client) {
  struct output *output = shim->spliced;
  shim->starved = false;
  while (shim->splice_left > 0) {
    ssize_t put = splice(output->fd, NULL, client->fd, NULL, shim->splice_left, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {
      // Whatever the container writes next fills the frame: it counts bytes.
      shim->starved = is_empty(output->fd);
      return;
    }
    if (put == 0) {
      client->gone = true; // the pipe has ended: nothing comes any more that could fill the frame
      break;
    }
    if (put < 0) {
      client->deaf = true; // what it has not taken stays in the pipe for whoever comes next
      break;
    }
    shim->splice_left -= (size_t)put;
    output->owed -= (size_t)put < output->owed ? (size_t)put : output->owed;
    client->stuck_since = now_ms();
  }
  client->behind = false;
}

// Frames the chunk and sends it to everybody who wants it, as far as they take it.
static void send_output(struct shim *shim, int kind, size_t size) {
  put_header((unsigned char *)shim->chunk, kind, size);
  shim->chunk_size = frame_header + size;
  shim->chunk_kind = kind;
  shim->chunk_pending = true;
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    client->behind = wants(client, kind);
    client->sent = shim->options.terminal ? frame_header : 0; // a terminal's bytes go without frames
    client->stuck_since = now_ms();
  }
  deliver(shim);
}

void pump_output(struct shim *shim, struct output *output) {
  if (output->fd < 0 || shim->chunk_pending) return;
  struct client *client = NULL;
  size_t wanting = count_wanting(shim, output->kind, &client);
  bool wanted = wanting > 0, bare = shim->log.driver == log_none && !shim->options.terminal;
  if (bare && wanting == 1 && start_splice(shim, output, client)) return;
  bool skip = !wanted && bare && shim->phase == phase_running;
  ssize_t got = skip ? discard(shim, output) : read(output->fd, shim->chunk + frame_header, chunk_capacity);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got < 0 && errno == EIO && shim->phase <= phase_running) {
    output->paused = true; // a terminal nobody has open; its next user may come
    return;
  }
  if (got <= 0) {
    end_output(output);
    return;
  }
  output->owed -= (size_t)got < output->owed ? (size_t)got : output->owed;
  if (skip) return;
  if (got > 4096) shim->dirty = true;
  if (wanted) send_output(shim, output->kind, (size_t)got);
  log_write(&shim->log, output->kind, shim->chunk + frame_header, (size_t)got); // clients work on it meanwhile
}

static void send_chunk(struct shim *shim, struct client *client) {
  while (client->sent < shim->chunk_size) {
    ssize_t put = send(client->fd, shim->chunk + client->sent, shim->chunk_size - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {
      client->deaf = true;
      break;
    }
    client->sent += (size_t)put;
    client->stuck_since = now_ms();
  }
  client->behind = false;
}

void deliver(struct shim *shim) {
  if (!shim->chunk_pending) return;
  bool pending = false;
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    if (client->behind && !client->gone && shim->spliced != NULL) splice_chunk(shim, client);
    else if (client->behind && !client->gone) send_chunk(shim, client);
    pending = pending || (client->behind && !client->gone);
  }
  shim->chunk_pending = pending;
  if (!pending) shim->spliced = NULL;
}

static void close_input(struct shim *shim) {
  if (shim->input >= 0 && shim->input != shim->terminal) close(shim->input);
  shim->input = -1;
  shim->input_size = shim->input_sent = 0;
  shim->input_ended = true;
}

void write_input(struct shim *shim) {
  while (shim->input >= 0 && shim->input_sent < shim->input_size) {
    ssize_t put = write(shim->input, shim->input_data + shim->input_sent, shim->input_size - shim->input_sent);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {
      close_input(shim); // the reader has closed it
      return;
    }
    shim->input_sent += (size_t)put;
  }
  if (shim->input < 0) return;
  shim->input_size = shim->input_sent = 0;
  if (shim->input_ended) close_input(shim);
}

void end_input(struct shim *shim) {
  // A terminal has no end of input; one that is to stay open for the next client is not ended by this one.
  if (shim->options.terminal || !shim->options.input_once || shim->input_ended) return;
  shim->input_ended = true;
  write_input(shim);
}
