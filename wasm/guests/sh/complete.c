// Completion of commands, names of files, and variables.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edit.h"
#include "expand.h"
#include "run.h"
#include "variables.h"

enum { most_names = 2000 };

static const char breaks[] = " \t\n;|&<>()`=\"'";
static const char special[] = " \t\n\\\"'`$&|;<>()*?[]#~!{}";

static void add(struct fields *names, const char *name, const char *end) {
  struct text text = {0};
  if (names->count >= most_names) return;
  text_string(&text, name);
  text_string(&text, end);
  fields_add(names, region_copy(&scratch, text.bytes, text.size));
  text_free(&text);
}

static bool begins(const char *name, const char *with) { return strncmp(name, with, strlen(with)) == 0; }

static bool is_directory(const char *folder, const char *name, bool *can_run) {
  struct text path = {0};
  struct coracle_stat stat;
  text_string(&path, folder);
  if (path.size > 0 && folder[path.size - 1] != '/') text_put(&path, '/');
  text_string(&path, name);
  bool is_there = system_stat(text_end(&path), true, &stat) == 0;
  text_free(&path);
  *can_run = is_there && S_ISREG(stat.mode) && system_may(&stat, 1);
  return is_there && S_ISDIR(stat.mode);
}

static void add_files(struct fields *names, const char *folder, const char *beginning, bool programs_only) {
  DIR *directory = opendir(*folder == '\0' ? "." : folder);
  if (directory == NULL) return;
  for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
    bool can_run, is_hidden = entry->d_name[0] == '.' && beginning[0] != '.';
    if (is_hidden || !begins(entry->d_name, beginning) || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    bool is_folder = is_directory(folder, entry->d_name, &can_run);
    if (!programs_only || can_run) add(names, entry->d_name, is_folder ? "/" : " ");
  }
  closedir(directory);
}

static void add_entries(struct fields *names, enum table table, const char *beginning, const char *end) {
  struct entry **all = entries_sorted(table);
  for (struct entry **entry = all; *entry != NULL; entry++) {
    bool is_set = (*entry)->value != NULL || (*entry)->function != NULL;
    if (is_set && begins((*entry)->name, beginning)) add(names, (*entry)->name, end);
  }
  free(all);
}

static void add_commands(struct fields *names, const char *beginning) {
  for (int index = 0; index < builtin_count; index++) {
    if (begins(builtins[index].name, beginning)) add(names, builtins[index].name, " ");
  }
  add_entries(names, table_functions, beginning, " ");
  add_entries(names, table_aliases, beginning, " ");
  for (const char *at = variable_or("PATH", ""); *at != '\0';) {
    size_t size = strcspn(at, ":");
    add_files(names, region_copy(&scratch, at, size), beginning, true);
    at += size + (at[size] == ':');
  }
}

static int by_name(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static void sort(struct fields *names) {
  int kept = 0;
  if (names->count == 0) return;
  qsort(names->values, (size_t)names->count, sizeof *names->values, by_name);
  for (int index = 0; index < names->count; index++) {
    if (index == 0 || strcmp(names->values[index], names->values[index - 1]) != 0) names->values[kept++] = names->values[index];
  }
  names->count = kept;
}

static size_t common_size(const struct fields *names) {
  size_t size = strlen(names->values[0]);
  for (int index = 1; index < names->count; index++) {
    size_t same = 0;
    while (same < size && names->values[index][same] == names->values[0][same]) same++;
    size = same;
  }
  return size;
}

static bool in_command_place(const struct line *line, size_t start) {
  while (start > 0 && line->text.bytes[start - 1] == ' ') start--;
  return start == 0 || strchr(";|&(`", line->text.bytes[start - 1]) != NULL;
}

static size_t word_start(const struct line *line) {
  size_t start = line->cursor;
  while (start > 0) {
    bool is_escaped = start > 1 && line->text.bytes[start - 2] == '\\';
    if (strchr(breaks, line->text.bytes[start - 1]) != NULL && !is_escaped) break;
    start--;
  }
  return start;
}

static char *without_backslashes(const char *text, size_t size) {
  char *plain = region_get(&scratch, size + 1);
  size_t length = 0;
  for (size_t at = 0; at < size; at++) {
    if (text[at] == '\\' && at + 1 < size) at++;
    plain[length++] = text[at];
  }
  return plain;
}

// The folder that a word names, with a tilde's home.
static const char *folder_of(const char *word, const char *base) {
  char *folder = region_copy(&scratch, word, (size_t)(base - word));
  if (folder[0] != '~') return folder;
  size_t size = strcspn(folder, "/");
  char *user = region_copy(&scratch, folder + 1, size - 1);
  const char *home = *user == '\0' ? variable_get("HOME") : home_of(user);
  if (home == NULL) return folder;
  char *path = region_get(&scratch, strlen(home) + strlen(folder + size) + 1);
  return strcat(strcpy(path, home), folder + size);
}

static void insert_name(struct line *line, const char *name, size_t from, size_t to) {
  for (size_t at = from; at < to; at++) {
    bool is_end = name[at + 1] == '\0' && (name[at] == ' ' || name[at] == '/');
    if (!is_end && strchr(special, name[at]) != NULL) line_insert(line, "\\", 1);
    line_insert(line, name + at, 1);
  }
}

static void list(struct line *line, int terminal, const struct fields *names) {
  int widest = 0;
  for (int index = 0; index < names->count; index++) {
    int width = width_of(names->values[index], strlen(names->values[index]));
    if (width > widest) widest = width;
  }
  int columns = line->columns / (widest + 2) < 1 ? 1 : line->columns / (widest + 2);
  int rows = (names->count + columns - 1) / columns;
  text_string(&line->shown, "\r\n");
  for (int row = 0; row < rows; row++) {
    for (int index = row; index < names->count; index += rows) {
      const char *name = names->values[index];
      text_string(&line->shown, name);
      for (int width = width_of(name, strlen(name)); index + rows < names->count && width < widest + 2; width++) text_put(&line->shown, ' ');
    }
    text_string(&line->shown, "\r\n");
  }
  ssize_t written = write(terminal, line->shown.bytes, line->shown.size);
  line->shown.size = 0;
  if (written > 0) line->row = 0;
}

void complete(struct line *line, int terminal, bool is_repeated) {
  struct mark mark = region_mark(&scratch);
  struct fields names = {0};
  size_t start = word_start(line);
  const char *word = without_backslashes(line->text.bytes == NULL ? "" : line->text.bytes + start, line->cursor - start);
  const char *slash = strrchr(word, '/'), *base = slash == NULL ? word : slash + 1;
  if (word[0] == '$' && slash == NULL) {
    base = word + 1;
    add_entries(&names, table_variables, base, "");
  } else if (slash == NULL && in_command_place(line, start)) {
    add_commands(&names, word);
    if (names.count == 0) add_files(&names, "", base, false);
  } else {
    add_files(&names, folder_of(word, base), base, false);
  }
  sort(&names);
  if (names.count > 0) {
    size_t typed = strlen(base), common = common_size(&names);
    if (common > typed) insert_name(line, names.values[0], typed, common);
    else if (is_repeated && names.count > 1) list(line, terminal, &names);
  }
  region_release(&scratch, mark);
}
