/* Deflate (RFC 1951) in the gzip format (RFC 1952). */

#ifndef DEFLATE_H
#define DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where bytes come from and go to. */
struct flow {
  /* Up to `room` bytes; 0 at the end, -1 with errno. */
  ptrdiff_t (*read)(void *context, void *bytes, size_t room);
  bool (*write)(void *context, const void *bytes, size_t length);
  void *context;
};

/* Packs one member of a gzip file; level 1 is the fastest, 9 the smallest. @returns words for what failed, null when all is well */
const char *gzip_pack(const struct flow *flow, int level, const char *name, uint32_t time);
/* Unpacks all members. @returns words, null when all is well */
const char *gzip_unpack(const struct flow *flow);

/* Unpacks as it is read, for whoever wants to read bytes one after another. */
struct inflate;
struct inflate *inflate_open(ptrdiff_t (*read)(void *context, void *bytes, size_t room), void *context);
/* @returns how many bytes, 0 at the end, -1 with words in `*fault` */
ptrdiff_t inflate_read(struct inflate *inflate, void *bytes, size_t room, const char **fault);
void inflate_close(struct inflate *inflate);

uint32_t crc32_of(uint32_t before, const void *bytes, size_t length);

#endif
