// The tables, and how a subshell's changes are undone.
#include <stdlib.h>
#include <string.h>

#include "shell.h"
#include "variables.h"

enum { bucket_count = 64 };

static struct entry *tables[table_count][bucket_count];

struct change {
  struct entry *entry;
  char *value;
  struct function *function;
  uint8_t flags;
  uint32_t level;
};
static struct change *changes;
static size_t change_count, change_room;

static struct entry **slot_of(enum table table, const char *name, size_t size) {
  uint32_t hash = 2166136261u;
  for (size_t index = 0; index < size; index++) hash = (hash ^ (unsigned char)name[index]) * 16777619u;
  struct entry **slot = &tables[table][(hash ^ hash >> 16) % bucket_count];
  while (*slot != NULL && (strncmp((*slot)->name, name, size) != 0 || (*slot)->name[size] != '\0')) slot = &(*slot)->next;
  return slot;
}

struct entry *entry_find(enum table table, const char *name, size_t size) { return *slot_of(table, name, size); }

struct entry *entry_make(enum table table, const char *name, size_t size) {
  struct entry **slot = slot_of(table, name, size);
  if (*slot == NULL) {
    *slot = memory_get(sizeof **slot + size + 1);
    memcpy((*slot)->name, name, size);
  }
  return *slot;
}

void entry_touch(struct entry *entry) {
  if (entry->level >= shell.level) return;
  if (change_count == change_room) {
    change_room = change_room == 0 ? 32 : change_room * 2;
    changes = memory_resize(changes, change_room * sizeof *changes);
  }
  changes[change_count++] = (struct change){
      .entry = entry,
      .value = memory_copy(entry->value),
      .function = function_hold(entry->function),
      .flags = entry->flags,
      .level = entry->level,
  };
  entry->level = shell.level;
}

size_t entries_mark(void) { return change_count; }

void entries_restore(size_t mark) {
  while (change_count > mark) {
    struct change *change = &changes[--change_count];
    struct entry *entry = change->entry;
    free(entry->value);
    function_release(entry->function);
    entry->value = change->value;
    entry->function = change->function;
    entry->flags = change->flags;
    entry->level = change->level;
    shell.environment_is_old = true;
    variable_changed(entry->name);
  }
}

static int by_name(const void *left, const void *right) {
  return strcmp((*(struct entry *const *)left)->name, (*(struct entry *const *)right)->name);
}

struct entry **entries_sorted(enum table table) {
  size_t count = 0;
  for (int bucket = 0; bucket < bucket_count; bucket++) {
    for (struct entry *entry = tables[table][bucket]; entry != NULL; entry = entry->next) count++;
  }
  struct entry **all = memory_get((count + 1) * sizeof *all);
  count = 0;
  for (int bucket = 0; bucket < bucket_count; bucket++) {
    for (struct entry *entry = tables[table][bucket]; entry != NULL; entry = entry->next) all[count++] = entry;
  }
  qsort(all, count, sizeof *all, by_name);
  return all;
}

static bool is_empty(const struct entry *entry) {
  return entry->value == NULL && entry->function == NULL && entry->flags == 0;
}

static void pack_entry(struct pack *pack, enum table table, char *name, struct entry *entry) {
  int64_t flags = entry == NULL ? 0 : entry->flags;
  char *value = entry == NULL ? NULL : entry->value;
  struct text none = {0};
  struct text *function = entry == NULL || entry->function == NULL ? &none : &entry->function->packed;
  pack_string(pack, &name);
  pack_number(pack, &flags);
  pack_string(pack, &value);
  pack_bytes(pack, function);
  if (!pack->is_loading || name == NULL || pack->has_failed) return;
  entry = entry_make(table, name, strlen(name));
  free(entry->value);
  entry->value = memory_copy(value);
  entry->flags = (uint8_t)flags;
  if (function->size > 0) entry->function = function_load(function);
}

static void pack_table(struct pack *pack, enum table table) {
  struct entry **all = entries_sorted(table);
  int64_t count = 0;
  for (struct entry **entry = all; *entry != NULL; entry++) count += !is_empty(*entry);
  pack_number(pack, &count);
  if (pack->is_loading) {
    for (; count > 0 && !pack->has_failed; count--) pack_entry(pack, table, NULL, NULL);
  } else {
    for (struct entry **entry = all; *entry != NULL; entry++) {
      if (!is_empty(*entry)) pack_entry(pack, table, (*entry)->name, *entry);
    }
  }
  free(all);
}

void entries_pack(struct pack *pack) {
  for (int table = 0; table < table_count; table++) pack_table(pack, (enum table)table);
}

struct function *function_hold(struct function *function) {
  if (function != NULL) function->references++;
  return function;
}

void function_release(struct function *function) {
  if (function == NULL || --function->references > 0) return;
  region_empty(&function->region);
  text_free(&function->packed);
  free(function);
}

struct function *function_load(struct text *packed) {
  struct function *function = memory_get(sizeof *function);
  *function = (struct function){.references = 1, .packed = *packed};
  struct pack pack = {.is_loading = true, .bytes = *packed, .region = &function->region};
  pack_node(&pack, &function->body);
  return function;
}

// It outlasts the text that it is in: it is kept as bytes, and made of them.
void function_define(const char *name, struct node *body) {
  struct entry *entry = entry_make(table_functions, name, strlen(name));
  struct node alone = *body, *node = &alone;
  struct pack pack = {0};
  alone.next = NULL;
  pack_node(&pack, &node);
  entry_touch(entry);
  function_release(entry->function);
  entry->function = function_load(&pack.bytes);
}

struct entry *function_find(const char *name) {
  struct entry *entry = entry_find(table_functions, name, strlen(name));
  return entry == NULL || entry->function == NULL ? NULL : entry;
}

struct entry *alias_find(const char *name) {
  struct entry *entry = entry_find(table_aliases, name, strlen(name));
  return entry == NULL || entry->value == NULL ? NULL : entry;
}
