// What has a name: variables, functions, aliases. What a subshell changes is as before when it has ended.
#ifndef SH_VARIABLES_H
#define SH_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "tree.h"

enum {
  flag_export = 1,
  flag_read_only = 2,
};

struct function {
  int references;
  struct text packed; // its tree, as a subshell gets it
  struct region region;
  struct node *body;
};

struct entry {
  struct entry *next;
  char *value; // NULL when it is unset
  struct function *function;
  uint8_t flags;
  uint32_t level; // of the subshell that has changed it last
  char name[];
};

enum table { table_variables, table_functions, table_aliases, table_count };

// NULL when there is none; what `find` gives may be unset.
struct entry *entry_find(enum table table, const char *name, size_t size);
struct entry *entry_make(enum table table, const char *name, size_t size);
// All, by their names; ended by NULL, to be freed.
struct entry **entries_sorted(enum table table);
void entries_pack(struct pack *pack);
// Before an entry is changed.
void entry_touch(struct entry *entry);

// The state of all tables, to come back to.
size_t entries_mark(void);
void entries_restore(size_t mark);

const char *variable_get(const char *name); // NULL when it is unset
const char *variable_or(const char *name, const char *otherwise);
// False, with a message, when it is read-only.
bool variable_set(const char *name, const char *value);
bool variable_set_sized(const char *name, size_t size, const char *value, uint8_t flags);
bool variable_unset(const char *name);
bool variable_assign(const char *assignment, uint8_t flags); // name=value
// Strings for a new process, ended by NULL; valid until a variable changes.
const char *const *variables_environment(void);
void variables_import(char **environment);

// Locals of functions, and assignments before a command: as before after `locals_restore`.
size_t locals_mark(void);
void local_keep(const char *name, size_t size);
void locals_restore(size_t mark);
void locals_forget(size_t mark); // a subshell's: it restores more than these

struct entry *function_find(const char *name);
void function_define(const char *name, struct node *body);
struct function *function_load(struct text *packed); // which it takes over
struct function *function_hold(struct function *function);
void function_release(struct function *function);

struct entry *alias_find(const char *name);

#endif
