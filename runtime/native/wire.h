// Bytes in and out: whole reads and writes, requests of NUL-terminated strings, replies, and small shared helpers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Where requests come from and every process that answers one writes its reply; -1 in processes that answer none.
extern int control_fd;

// One request: an id, then strings one after the other. `next_*` take them off the front; a missing or malformed one
// sets `bad`, which the dispatcher answers with EINVAL before anything is done.
struct request {
  uint32_t id;
  char *at;
  char *end;
  bool bad;
};

char *next_string(struct request *request);
long next_int(struct request *request, long low, long high);
// A count, then so many strings. The vector ends with NULL and lives until `free`; NULL when malformed.
char **next_list(struct request *request, size_t *count);

// One answer, written as a whole so that several processes may answer on the same socket. `error` 0 means success.
void reply(uint32_t id, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Both retry on EINTR. `read_full` gives 0 at a clean end before the first byte, -1 on failure or an end in the middle.
ssize_t read_full(int fd, void *data, size_t size);
int write_full(int fd, const void *data, size_t size);

// Monotonic.
uint64_t now_ms(void);

void put_u16(unsigned char *at, uint16_t value); // big-endian
void put_u32(unsigned char *at, uint32_t value); // big-endian
uint32_t get_u32(const unsigned char *at);       // big-endian

// Copies to a fixed array; false when it does not fit.
bool copy_string(char *to, size_t size, const char *from);
// Reads at most size - 1 bytes of a small file and ends them with NUL. Gives the length, -1 with errno.
ssize_t read_small(int directory, const char *path, char *to, size_t size);
// Opens a unix stream socket that listens at `path` (removed first), for the owner only. -1 with errno.
int listen_unix(const char *path);
// -1 with errno.
int set_nonblocking(int fd);
// Closes every descriptor from `first` on except those in `keep` (ascending order not needed).
void close_except(int first, const int *keep, size_t count);
