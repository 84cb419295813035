// `mode=non-blocking`: lines wait in memory for a thread that writes them, so that a slow disk does not hold up the container.
// What finds no room is dropped, as Docker drops the newest. Two halves: one is filled while the other is written.
#include "shim_log_ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { page_most = 64 * 1024 };

struct message {
  uint64_t time_ns;
  uint32_t size;
  uint8_t stream;
  bool partial;
};

struct half {
  char *data;
  size_t size;
};

struct log_ring {
  struct log *log; // whose file the thread alone writes until it has ended
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t change; // something to write, or the end
  size_t limit, capacity; // bytes, with what describes each line
  size_t held; // in both halves
  struct half halves[2];
  int filling;
  bool ends;
};

// The half to write, NULL at the end.
static struct half *next_half(struct log_ring *ring) {
  pthread_mutex_lock(&ring->lock);
  struct half *half = &ring->halves[ring->filling];
  while (half->size == 0 && !ring->ends) pthread_cond_wait(&ring->change, &ring->lock);
  ring->filling ^= 1;
  pthread_mutex_unlock(&ring->lock);
  return half->size == 0 ? NULL : half;
}

static void write_half(struct log *log, const struct half *half) {
  for (size_t at = 0; at < half->size;) {
    struct message message;
    memcpy(&message, half->data + at, sizeof message);
    at += sizeof message;
    log_stamp(log, message.time_ns);
    log_record(log, message.stream, half->data + at, message.size, message.partial);
    at += message.size;
  }
  log_flush(log);
}

static void *write_all(void *data) {
  struct log_ring *ring = data;
  struct half *half;
  while ((half = next_half(ring)) != NULL) {
    write_half(ring->log, half);
    pthread_mutex_lock(&ring->lock);
    ring->held -= half->size;
    half->size = 0;
    bool rests = ring->held == 0;
    pthread_mutex_unlock(&ring->lock);
    if (!rests) continue;
    madvise(half->data, ring->capacity, MADV_DONTNEED); // not filled before the other has been
    log_trim(ring->log);
  }
  return NULL;
}

static int start_thread(struct log_ring *ring) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  int error = pthread_create(&ring->thread, &attributes, write_all, ring);
  pthread_attr_destroy(&attributes);
  return error;
}

struct log_ring *ring_start(struct log *log, size_t limit) {
  struct log_ring *ring = calloc(1, sizeof *ring);
  if (ring == NULL) return NULL;
  size_t least = sizeof(struct message) + log_line_room;
  ring->log = log;
  ring->limit = limit;
  // In whole pages, of any size there is: what one half gives back to the kernel must be none of the other's.
  ring->capacity = ((limit > least ? limit : least) + page_most - 1) / page_most * page_most;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  char *memory = mmap(NULL, 2 * ring->capacity, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  ring->halves[0].data = memory;
  ring->halves[1].data = memory + ring->capacity;
  pthread_mutex_init(&ring->lock, NULL);
  pthread_cond_init(&ring->change, NULL);
  errno = start_thread(ring);
  return errno == 0 ? ring : NULL;
}

void ring_put(struct log_ring *ring, uint64_t time_ns, int stream, const char *data, size_t size, bool partial) {
  struct message message = {.time_ns = time_ns, .size = (uint32_t)size, .stream = (uint8_t)stream, .partial = partial};
  size_t cost = sizeof message + size;
  pthread_mutex_lock(&ring->lock);
  // A line that is larger than all the room is still taken when it is the only one.
  if (ring->held == 0 || ring->held + cost <= ring->limit) {
    struct half *half = &ring->halves[ring->filling];
    memcpy(half->data + half->size, &message, sizeof message);
    memcpy(half->data + half->size + sizeof message, data, size);
    half->size += cost;
    ring->held += cost;
    pthread_cond_signal(&ring->change);
  }
  pthread_mutex_unlock(&ring->lock);
}

void ring_finish(struct log_ring *ring) {
  pthread_mutex_lock(&ring->lock);
  ring->ends = true;
  pthread_cond_signal(&ring->change);
  pthread_mutex_unlock(&ring->lock);
  pthread_join(ring->thread, NULL);
  munmap(ring->halves[0].data, 2 * ring->capacity);
  free(ring);
}
