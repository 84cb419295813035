// Finding commands: POSIX 2.9.1.1.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run.h"
#include "variables.h"

static const char standard_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Where commands were found; they stand in no order.
static struct found {
  struct found *next;
  char *path;
  char name[];
} *found[64];

void path_forget(void) {
  for (size_t bucket = 0; bucket < sizeof found / sizeof *found; bucket++) {
    while (found[bucket] != NULL) {
      struct found *next = found[bucket]->next;
      free(found[bucket]->path);
      free(found[bucket]);
      found[bucket] = next;
    }
  }
}

static struct found **slot_of(const char *name) {
  unsigned hash = 0;
  for (const char *at = name; *at != '\0'; at++) hash = hash * 31 + (unsigned char)*at;
  struct found **slot = &found[hash % (sizeof found / sizeof *found)];
  while (*slot != NULL && strcmp((*slot)->name, name) != 0) slot = &(*slot)->next;
  return slot;
}

static void remember(const char *name, const char *path) {
  struct found **slot = slot_of(name);
  if (*slot != NULL) return;
  *slot = memory_get(sizeof **slot + strlen(name) + 1);
  (*slot)->path = memory_copy(path);
  strcpy((*slot)->name, name);
}

static bool can_run(const char *path, int *error) {
  struct coracle_stat stat;
  int failure = system_stat(path, true, &stat);
  if (failure < 0) {
    if (*error == ENOENT && failure != -ENOTDIR) *error = -failure;
    return false;
  }
  if (S_ISREG(stat.mode) && system_may(&stat, 1)) return true;
  *error = EACCES;
  return false;
}

const char *path_find(const char *name, const char *path, int *error) {
  *error = ENOENT;
  if (strchr(name, '/') != NULL) return can_run(name, error) ? name : NULL;
  for (const char *at = path;; at++) {
    size_t size = strcspn(at, ":");
    char *full = region_get(&scratch, size + strlen(name) + 3);
    memcpy(full, size == 0 ? "." : at, size == 0 ? 1 : size);
    strcat(strcat(full, "/"), name);
    if (can_run(full, error)) return full;
    at += size;
    if (*at == '\0') return NULL;
  }
}

static const char *find_program(const char *name, int flags, int *error) {
  struct found *known = (flags & find_standard_path) == 0 ? *slot_of(name) : NULL;
  *error = 0;
  if (known != NULL) {
    // It may be elsewhere by now.
    if (can_run(known->path, error)) return known->path;
    path_forget();
  }
  const char *path = (flags & find_standard_path) != 0 ? standard_path : variable_or("PATH", standard_path);
  const char *full = path_find(name, path, error);
  if (full != NULL && full != name && full[0] == '/' && (flags & find_standard_path) == 0) remember(name, full);
  return full;
}

struct command command_find(const char *name, int flags) {
  struct command command = {.kind = command_missing, .builtin = builtin_find(name)};
  bool is_special = command.builtin != NULL && (command.builtin->flags & builtin_special) != 0;
  if (is_special) {
    command.kind = command_special;
    return command;
  }
  command.function = (flags & find_no_functions) != 0 ? NULL : function_find(name);
  if (command.function != NULL) {
    command.kind = command_function;
  } else if (command.builtin != NULL) {
    command.kind = command_builtin;
  } else {
    command.path = find_program(name, flags, &command.error);
    if (command.path != NULL) command.kind = command_external;
  }
  return command;
}
