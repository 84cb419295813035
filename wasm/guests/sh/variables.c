#include "variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "shell.h"

struct local {
  struct entry *entry;
  char *value;
  uint8_t flags;
};
static struct local *locals;
static size_t local_count, local_room;

static const char **environment;
static size_t environment_count;

static struct entry *variable_find(const char *name) { return entry_find(table_variables, name, strlen(name)); }

const char *variable_get(const char *name) {
  static char line[16];
  struct entry *entry = variable_find(name);
  if (name[0] == 'L' && strcmp(name, "LINENO") == 0) {
    snprintf(line, sizeof line, "%u", (unsigned)shell.line);
    return line;
  }
  return entry == NULL ? NULL : entry->value;
}

const char *variable_or(const char *name, const char *otherwise) {
  const char *value = variable_get(name);
  return value == NULL ? otherwise : value;
}

static bool check_writable(const struct entry *entry) {
  if ((entry->flags & flag_read_only) == 0) return true;
  complain("%s: is read only", entry->name);
  return false;
}

static bool change(struct entry *entry, char *value, uint8_t flags) {
  if (!check_writable(entry)) {
    free(value);
    return false;
  }
  entry_touch(entry);
  free(entry->value);
  entry->value = value;
  entry->flags = flags;
  if ((flags & flag_export) != 0) shell.environment_is_old = true;
  variable_changed(entry->name);
  return true;
}

bool variable_set_sized(const char *name, size_t size, const char *value, uint8_t flags) {
  struct entry *entry = entry_make(table_variables, name, size);
  if (shell.options[option_allexport]) flags |= flag_export;
  return change(entry, memory_copy(value), entry->flags | flags);
}

bool variable_set(const char *name, const char *value) { return variable_set_sized(name, strlen(name), value, 0); }

bool variable_assign(const char *assignment, uint8_t flags) {
  size_t size = name_size(assignment);
  return variable_set_sized(assignment, size, assignment + size + 1, flags);
}

bool variable_unset(const char *name) {
  struct entry *entry = variable_find(name);
  if (entry == NULL) return true;
  shell.environment_is_old = true;
  return change(entry, NULL, 0);
}

// Names that scripts cannot have are left to programs that are run, as they came.
void variables_import(char **strings) {
  for (; *strings != NULL; strings++) {
    const char *equals = strchr(*strings, '=');
    if (equals == NULL || equals == *strings) continue;
    size_t size = (size_t)(equals - *strings);
    struct entry *entry = entry_make(table_variables, *strings, size);
    if (entry->value == NULL) entry->value = memory_copy(equals + 1);
    entry->flags = flag_export;
  }
  shell.environment_is_old = true;
}

const char *const *variables_environment(void) {
  if (!shell.environment_is_old && environment != NULL) return environment;
  for (size_t index = 0; index < environment_count; index++) free((char *)environment[index]);
  free(environment);
  struct entry **all = entries_sorted(table_variables);
  size_t count = 0;
  while (all[count] != NULL) count++;
  environment = memory_get((count + 1) * sizeof *environment);
  environment_count = 0;
  for (struct entry **entry = all; *entry != NULL; entry++) {
    if (((*entry)->flags & flag_export) == 0 || (*entry)->value == NULL) continue;
    struct text text = {0};
    text_string(&text, (*entry)->name);
    text_put(&text, '=');
    text_string(&text, (*entry)->value);
    environment[environment_count++] = text_end(&text);
  }
  free(all);
  shell.environment_is_old = false;
  return environment;
}

size_t locals_mark(void) { return local_count; }

void local_keep(const char *name, size_t size) {
  struct entry *entry = entry_make(table_variables, name, size);
  if (local_count == local_room) {
    local_room = local_room == 0 ? 16 : local_room * 2;
    locals = memory_resize(locals, local_room * sizeof *locals);
  }
  locals[local_count++] = (struct local){.entry = entry, .value = memory_copy(entry->value), .flags = entry->flags};
}

void locals_restore(size_t mark) {
  while (local_count > mark) {
    struct local *local = &locals[--local_count];
    struct entry *entry = local->entry;
    if (((entry->flags | local->flags) & flag_export) != 0) shell.environment_is_old = true;
    entry_touch(entry);
    entry->flags = 0; // one that was made read-only meanwhile comes back all the same
    change(entry, local->value, local->flags);
  }
}

void locals_forget(size_t mark) {
  while (local_count > mark) free(locals[--local_count].value);
}
