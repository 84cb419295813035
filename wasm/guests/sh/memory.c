#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { chunk_room = 4000 };

struct chunk {
  struct chunk *below;
  size_t room, used;
  _Alignas(8) char bytes[];
};

struct region scratch;

static void *check(void *memory) {
  static const char message[] = "sh: out of memory\n";
  if (memory != NULL) return memory;
  ssize_t written = write(2, message, sizeof message - 1);
  _exit(written < 0 ? 2 : 2);
}

void *memory_get(size_t size) { return check(calloc(1, size == 0 ? 1 : size)); }

void *memory_resize(void *old, size_t size) { return check(realloc(old, size)); }

char *memory_copy(const char *text) {
  if (text == NULL) return NULL;
  size_t size = strlen(text) + 1;
  return memcpy(check(malloc(size)), text, size);
}

void *region_get(struct region *region, size_t size) {
  size = (size + 7) & ~(size_t)7;
  struct chunk *chunk = region->top;
  if (chunk == NULL || chunk->room - chunk->used < size) {
    size_t room = size > chunk_room ? size : chunk_room;
    chunk = check(malloc(sizeof *chunk + room));
    *chunk = (struct chunk){.below = region->top, .room = room};
    region->top = chunk;
  }
  void *got = chunk->bytes + chunk->used;
  chunk->used += size;
  return memset(got, 0, size);
}

char *region_copy(struct region *region, const char *bytes, size_t size) {
  char *copy = region_get(region, size + 1);
  return size == 0 ? copy : memcpy(copy, bytes, size);
}

struct mark region_mark(const struct region *region) {
  return (struct mark){.chunk = region->top, .used = region->top == NULL ? 0 : region->top->used};
}

void region_release(struct region *region, struct mark mark) {
  while (region->top != mark.chunk) {
    // The last chunk is kept: a loop would get it and give it back in each round.
    struct chunk *chunk = region->top;
    if (chunk->below == NULL && chunk->room == chunk_room) {
      chunk->used = 0;
      return;
    }
    region->top = chunk->below;
    free(chunk);
  }
  if (region->top != NULL) region->top->used = mark.used;
}

void region_empty(struct region *region) {
  while (region->top != NULL) {
    struct chunk *chunk = region->top;
    region->top = chunk->below;
    free(chunk);
  }
}

static void make_room(struct text *text, size_t more) {
  if (text->room - text->size >= more) return;
  size_t room = text->room < 32 ? 64 : text->room * 2;
  if (room - text->size < more) room = text->size + more;
  text->bytes = memory_resize(text->bytes, room);
  text->room = room;
}

void text_put(struct text *text, char byte) {
  if (text->size == text->room) make_room(text, 1);
  text->bytes[text->size++] = byte;
}

void text_add(struct text *text, const char *bytes, size_t size) {
  if (size == 0) return;
  make_room(text, size);
  memcpy(text->bytes + text->size, bytes, size);
  text->size += size;
}

void text_string(struct text *text, const char *string) { text_add(text, string, strlen(string)); }

void text_number(struct text *text, long long number) {
  char digits[24];
  char *at = digits + sizeof digits;
  unsigned long long left = number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
  do *--at = (char)('0' + left % 10);
  while ((left /= 10) > 0);
  if (number < 0) *--at = '-';
  text_add(text, at, (size_t)(digits + sizeof digits - at));
}

char *text_end(struct text *text) {
  make_room(text, 1);
  text->bytes[text->size] = '\0';
  return text->bytes;
}

void text_free(struct text *text) {
  free(text->bytes);
  *text = (struct text){0};
}
