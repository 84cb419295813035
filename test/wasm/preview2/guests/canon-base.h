/* What a core module of a component has by the canonical ABI; VERSION is that of the interfaces it imports:
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md */

#ifndef CANON_BASE_H
#define CANON_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT(module, name) __attribute__((import_module(module VERSION), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

struct list {
  char *at;
  size_t length;
};

static char heap[1 << 20];
static size_t used;

/* Nothing is given back: programs are short. */
EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  used = (used + align - 1) & ~(align - 1);
  if (used + size > sizeof heap) __builtin_trap();
  char *made = heap + used;
  used += size;
  for (size_t i = 0; i < old_size && i < size; i++) made[i] = ((char *)old)[i];
  return made;
}

static size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

static inline bool is(const char *text, const char *other) {
  while (*text != 0 && *text == *other) text++, other++;
  return *text == *other;
}

#endif
