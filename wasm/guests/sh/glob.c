// Names of files that match: POSIX 2.13.3.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "shell.h"
#include "system.h"

struct search {
  struct fields *fields;
  struct text path;
};

static struct pattern slice(struct pattern pattern, size_t from, size_t to) {
  return (struct pattern){pattern.bytes + from, pattern.marks + from, to - from};
}

static size_t component_end(struct pattern pattern, size_t at) {
  while (at < pattern.size && pattern.bytes[at] != '/') at++;
  return at;
}

static void search_from(struct search *search, struct pattern pattern);

static bool exists(struct text *path) {
  struct coracle_stat stat;
  return system_stat(text_end(path), false, &stat) == 0;
}

// Backslashes that came of a variable quote what follows them, in patterns.
static void add_plain(struct text *path, struct pattern pattern) {
  for (size_t at = 0; at < pattern.size; at++) {
    bool quotes = pattern.bytes[at] == '\\' && pattern.marks[at] == 0 && at + 1 < pattern.size;
    text_put(path, pattern.bytes[at += quotes]);
  }
}

static int by_bytes(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static struct fields list_directory(struct search *search, struct pattern component) {
  struct fields names = {0};
  bool wants_hidden = component.bytes[0] == '.';
  DIR *directory = opendir(search->path.size == 0 ? "." : text_end(&search->path));
  if (directory == NULL) return names;
  for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
    size_t size = strlen(entry->d_name);
    if (entry->d_name[0] == '.' && !wants_hidden) continue;
    if (matches(component, entry->d_name, size)) fields_add(&names, region_copy(&scratch, entry->d_name, size));
  }
  closedir(directory);
  if (names.count > 1) qsort(names.values, (size_t)names.count, sizeof *names.values, by_bytes);
  return names;
}

static void search_directory(struct search *search, struct pattern component, struct pattern rest) {
  size_t size = search->path.size;
  struct fields names = list_directory(search, component);
  for (int index = 0; index < names.count; index++) {
    text_string(&search->path, names.values[index]);
    if (rest.size == 0) fields_add(search->fields, region_copy(&scratch, search->path.bytes, search->path.size));
    else search_from(search, rest);
    search->path.size = size;
  }
}

static void search_from(struct search *search, struct pattern pattern) {
  size_t size = search->path.size, at = 0;
  while (at < pattern.size && pattern.bytes[at] == '/') text_put(&search->path, pattern.bytes[at++]);
  size_t end = component_end(pattern, at);
  struct pattern component = slice(pattern, at, end), rest = slice(pattern, end, pattern.size);
  if (component.size > 0 && has_wildcard(component)) {
    search_directory(search, component, rest);
  } else {
    add_plain(&search->path, component);
    if (!exists(&search->path)) {
      search->path.size = size;
      return;
    }
    if (rest.size == 0) fields_add(search->fields, region_copy(&scratch, search->path.bytes, search->path.size));
    else search_from(search, rest);
  }
  search->path.size = size;
}

OWN_FRAME bool expand_path(struct pattern pattern, struct fields *fields) {
  struct search search = {.fields = fields};
  int before = fields->count;
  search_from(&search, pattern);
  text_free(&search.path);
  return fields->count > before;
}
