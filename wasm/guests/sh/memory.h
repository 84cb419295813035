// Memory that is given back all at once, and text that grows.
#ifndef SH_MEMORY_H
#define SH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

// For functions that are seldom on the way down to commands in commands, but need much of the stack: inlined they would take it each time.
#define OWN_FRAME __attribute__((noinline))

// What is taken from a region lasts until the region is released to a mark made before, or is emptied.
struct region {
  struct chunk *top;
};
struct mark {
  struct chunk *chunk;
  size_t used;
};
void *region_get(struct region *region, size_t size); // zeroed
char *region_copy(struct region *region, const char *bytes, size_t size); // with a zero at its end
struct mark region_mark(const struct region *region);
void region_release(struct region *region, struct mark mark);
void region_empty(struct region *region);

// For what lasts as long as the command at hand.
extern struct region scratch;

// These end the shell when there is no memory.
void *memory_get(size_t size); // zeroed
void *memory_resize(void *old, size_t size);
char *memory_copy(const char *text); // NULL for NULL

struct text {
  char *bytes;
  size_t size, room;
};
void text_put(struct text *text, char byte);
void text_add(struct text *text, const char *bytes, size_t size);
void text_string(struct text *text, const char *string);
void text_number(struct text *text, long long number);
// As a string: what comes later may move it.
char *text_end(struct text *text);
void text_free(struct text *text);

#endif
