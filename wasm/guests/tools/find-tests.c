/* find: what is asked of each file, and done with it. */

#include "find.h"
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char type_letter(mode_t mode) {
  char letters[11];
  char letter = mode_letters(mode, letters)[0];
  return letter == '-' ? 'f' : letter;
}

static bool compare(const struct test *test, int64_t value) {
  return test->compare > 0 ? value > test->number : test->compare < 0 ? value < test->number : value == test->number;
}

/* -type: one of the letters, which commas may part. -xtype looks at where a link leads. */
static bool has_type(const struct test *test, const struct find_file *file) {
  mode_t mode = file->about.st_mode;
  struct stat target;
  if (test->fold && S_ISLNK(mode) && stat(file->path, &target) == 0) mode = target.st_mode;
  return strchr(test->text, type_letter(mode)) != NULL;
}

static bool is_empty(const struct find_file *file) {
  if (S_ISREG(file->about.st_mode)) return file->about.st_size == 0;
  if (!S_ISDIR(file->about.st_mode)) return false;
  DIR *directory = opendir(file->path);
  if (directory == NULL) return false;
  bool some = false;
  for (struct dirent *each; !some && (each = readdir(directory)) != NULL;) some = strcmp(each->d_name, ".") != 0 && strcmp(each->d_name, "..") != 0;
  closedir(directory);
  return !some;
}

static bool has_time(const struct test *test, const struct find_file *file) {
  time_t time = test->which == 'a' ? file->about.st_atim.tv_sec : test->which == 'c' ? file->about.st_ctim.tv_sec : file->about.st_mtim.tv_sec;
  return compare(test, (find_walk.now - time) / test->unit);
}

static bool has_mode(const struct test *test, mode_t mode) {
  mode &= 07777;
  if (test->compare < 0) return (mode & test->mode) == test->mode;
  if (test->compare > 0) return test->mode == 0 || (mode & test->mode) != 0;
  return mode == test->mode;
}

static bool link_fits(const struct test *test, const struct find_file *file) {
  char target[4096];
  ssize_t length = S_ISLNK(file->about.st_mode) ? readlink(file->path, target, sizeof target - 1) : -1;
  if (length < 0) return false;
  target[length] = 0;
  return fnmatch(test->text, target, 0) == 0;
}

static void print_time(const struct timespec *time, const char *format) {
  struct tm parts;
  char text[64];
  localtime_r(&time->tv_sec, &parts);
  if (format[0] == '@') {
    printf("%lld.%09ld0", (long long)time->tv_sec, (long)time->tv_nsec);
    return;
  }
  char one[3] = {'%', format[0], 0};
  if (format[0] == '+') strftime(text, sizeof text, "%Y-%m-%d+%H:%M:%S", &parts);
  else if (strftime(text, sizeof text, one, &parts) == 0) *text = 0;
  fputs(text, stdout);
  if (format[0] == '+' || format[0] == 'S' || format[0] == 'T') printf(".%09ld0", (long)time->tv_nsec);
}

static void print_usual_time(const struct timespec *time) {
  struct tm parts;
  char text[64];
  localtime_r(&time->tv_sec, &parts);
  strftime(text, sizeof text, "%a %b %e %H:%M:%S", &parts);
  printf("%s.%09ld0 %d", text, (long)time->tv_nsec, parts.tm_year + 1900);
}

static void print_number(const char *flags, size_t length, const char *kind, unsigned long long value) {
  char format[48];
  snprintf(format, sizeof format, "%%%.*s%s", (int)(length < 20 ? length : 20), flags, kind);
  printf(format, value);
}

static void print_text(const char *flags, size_t length, const char *value) {
  char format[48];
  snprintf(format, sizeof format, "%%%.*ss", (int)(length < 20 ? length : 20), flags);
  printf(format, value);
}

static void print_parent(const char *flags, size_t length, const struct find_file *file) {
  char *path = take_copy(file->path), *slash = strrchr(path, '/');
  if (slash != NULL) *(slash == path ? slash + 1 : slash) = 0;
  print_text(flags, length, slash == NULL ? "." : path);
  free(path);
}

/* One directive. @returns how many more bytes it took */
static size_t print_directive(const char *at, const char *flags, size_t length, const struct find_file *file) {
  const struct stat *about = &file->about;
  char letters[11], target[4096];
  size_t skip = strlen(file->start);
  char type[2] = {type_letter(about->st_mode), 0};
  switch (*at) {
  case 'p': print_text(flags, length, file->path); return 0;
  case 'f': print_text(flags, length, file->name); return 0;
  case 'P': print_text(flags, length, file->depth == 0 ? "" : file->path + skip + (file->path[skip] == '/')); return 0;
  case 'H': print_text(flags, length, file->start); return 0;
  case 'h': print_parent(flags, length, file); return 0;
  case 's': print_number(flags, length, "llu", (unsigned long long)about->st_size); return 0;
  case 'k': print_number(flags, length, "llu", ((unsigned long long)about->st_blocks + 1) / 2); return 0;
  case 'b': print_number(flags, length, "llu", (unsigned long long)about->st_blocks); return 0;
  case 'd': print_number(flags, length, "llu", (unsigned long long)file->depth); return 0;
  case 'i': print_number(flags, length, "llu", about->st_ino); return 0;
  case 'n': print_number(flags, length, "llu", about->st_nlink); return 0;
  case 'D': print_number(flags, length, "llu", about->st_dev); return 0;
  case 'm': print_number(flags, length, "llo", about->st_mode & 07777); return 0;
  case 'M': print_text(flags, length, mode_letters(about->st_mode, letters)); return 0;
  case 'U': print_number(flags, length, "llu", about->st_uid); return 0;
  case 'G': print_number(flags, length, "llu", about->st_gid); return 0;
  case 'u': print_text(flags, length, user_name(about->st_uid)); return 0;
  case 'g': print_text(flags, length, group_name(about->st_gid)); return 0;
  case 'y': print_text(flags, length, type); return 0;
  case 't': print_usual_time(&about->st_mtim); return 0;
  case 'a': print_usual_time(&about->st_atim); return 0;
  case 'c': print_usual_time(&about->st_ctim); return 0;
  case 'T': print_time(&about->st_mtim, at + 1); return at[1] != 0;
  case 'A': print_time(&about->st_atim, at + 1); return at[1] != 0;
  case 'C': print_time(&about->st_ctim, at + 1); return at[1] != 0;
  case 'l': {
    ssize_t got = S_ISLNK(about->st_mode) ? readlink(file->path, target, sizeof target - 1) : 0;
    target[got > 0 ? got : 0] = 0;
    print_text(flags, length, target);
    return 0;
  }
  case '%': putchar('%'); return 0;
  default: printf("%%%c", *at); return 0;
  }
}

static void print_format(const char *format, const struct find_file *file) {
  for (const char *at = format; *at != 0; at++) {
    if (*at == '\\' && at[1] != 0) {
      static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
      at++;
      const char *place = strchr(from, *at);
      if (*at == '0') putchar(0);
      else if (place != NULL) putchar(to[place - from]);
      else printf("\\%c", *at);
    } else if (*at == '%' && at[1] != 0) {
      const char *flags = ++at;
      while (*at != 0 && strchr("-+ #0123456789.", *at) != NULL) at++;
      if (*at == 0) return;
      at += print_directive(at, flags, (size_t)(at - flags), file);
    } else putchar(*at);
  }
}

static void print_ls(const struct find_file *file) {
  char letters[11], text[40];
  struct tm parts;
  localtime_r(&file->about.st_mtim.tv_sec, &parts);
  strftime(text, sizeof text, file->about.st_mtim.tv_sec > find_walk.now - 15778476 ? "%b %e %H:%M" : "%b %e  %Y", &parts);
  printf("%9llu %6llu %s %3llu %-8s %-8s %8llu %s %s", (unsigned long long)file->about.st_ino, ((unsigned long long)file->about.st_blocks + 1) / 2,
         mode_letters(file->about.st_mode, letters), (unsigned long long)file->about.st_nlink, user_name(file->about.st_uid), group_name(file->about.st_gid),
         (unsigned long long)file->about.st_size, text, file->path);
  if (S_ISLNK(file->about.st_mode)) {
    fputs(" -> ", stdout);
    print_format("%l", file);
  }
  putchar('\n');
}

static bool remove_file(const struct find_file *file) {
  if (strcmp(file->path, ".") == 0) return true;
  if ((S_ISDIR(file->about.st_mode) ? rmdir(file->path) : unlink(file->path)) == 0) return true;
  warn_errno("cannot delete '%s'", file->path);
  find_walk.status = 1;
  return false;
}

/* Every {} in a word becomes the path. */
static char *with_path(const char *word, const char *path) {
  struct text out = {0};
  text_clear(&out);
  for (const char *found; (found = strstr(word, "{}")) != NULL; word = found + 2) {
    text_add(&out, word, (size_t)(found - word));
    text_string(&out, path);
  }
  text_string(&out, word);
  return out.bytes;
}

/* In another folder the path begins with ./, and the shell's way of going there and back is taken. */
static int run_in(char **argv, const struct test *test, const char *path) {
  if (!test->in_folder) return run_command(argv);
  char *here = getcwd(NULL, 0), *folder = take_copy(path), *slash = strrchr(folder, '/');
  if (slash != NULL) *(slash == folder ? slash + 1 : slash) = 0;
  if (slash != NULL && chdir(folder) != 0) die_errno(1, "cannot go to '%s'", folder);
  int code = run_command(argv);
  if (here == NULL || chdir(here) != 0) die_errno(1, "cannot go back");
  free(here);
  free(folder);
  return code;
}

static bool run_one(const struct test *test, const struct find_file *file) {
  char *relative = take_format("./%s", file->name);
  const char *path = test->in_folder ? relative : file->path;
  if (test->fold && !ask("< %s ... %s > ? ", test->words[0], path)) return false;
  char **argv = take(sizeof *argv * (test->count + 1));
  for (size_t index = 0; index < test->count; index++) argv[index] = with_path(test->words[index], path);
  int code = run_in(argv, test, file->path);
  for (size_t index = 0; index < test->count; index++) free(argv[index]);
  free(argv);
  free(relative);
  return code == 0;
}

static void run_waiting(struct test *test) {
  if (test->waiting_count == 0) return;
  char **argv = take(sizeof *argv * (test->count + test->waiting_count + 1));
  memcpy(argv, test->words, sizeof *argv * test->count);
  size_t count = test->count;
  for (size_t at = 0; at < test->waiting.length; at += strlen(test->waiting.bytes + at) + 1) argv[count++] = test->waiting.bytes + at;
  if (run_command(argv) != 0) find_walk.status = 1;
  free(argv);
  text_clear(&test->waiting);
  test->waiting_count = 0;
}

static bool run(struct test *test, const struct find_file *file) {
  if (!test->many) return run_one(test, file);
  text_add(&test->waiting, file->path, strlen(file->path) + 1);
  test->waiting_count++;
  if (test->waiting.length > 100000) run_waiting(test);
  return true;
}

void find_finish(struct test *test) {
  if (test == NULL) return;
  find_finish(test->left);
  find_finish(test->right);
  if (test->kind == TEST_EXEC) run_waiting(test);
}

static int64_t rounded_size(const struct test *test, const struct find_file *file) {
  return ((int64_t)file->about.st_size + test->unit - 1) / test->unit;
}

bool find_test(struct test *test, struct find_file *file) {
  const struct stat *about = &file->about;
  switch (test->kind) {
  case TEST_AND: return find_test(test->left, file) && find_test(test->right, file);
  case TEST_OR: return find_test(test->left, file) || find_test(test->right, file);
  case TEST_BOTH: find_test(test->left, file); return find_test(test->right, file);
  case TEST_NOT: return !find_test(test->left, file);
  case TEST_TRUE: return true;
  case TEST_FALSE: return false;
  case TEST_NAME: return fnmatch(test->text, file->name, test->fold ? FNM_CASEFOLD : 0) == 0;
  case TEST_PATH: return fnmatch(test->text, file->path, test->fold ? FNM_CASEFOLD : 0) == 0;
  case TEST_LINK: return link_fits(test, file);
  case TEST_TYPE: return has_type(test, file);
  case TEST_SIZE: return compare(test, rounded_size(test, file));
  case TEST_LINKS: return compare(test, (int64_t)about->st_nlink);
  case TEST_INODE: return compare(test, (int64_t)about->st_ino);
  case TEST_UID: return compare(test, about->st_uid);
  case TEST_GID: return compare(test, about->st_gid);
  case TEST_PERM: return has_mode(test, about->st_mode);
  case TEST_TIME: return has_time(test, file);
  case TEST_NEWER: return about->st_mtim.tv_sec != test->time.tv_sec ? about->st_mtim.tv_sec > test->time.tv_sec : about->st_mtim.tv_nsec > test->time.tv_nsec;
  case TEST_REGEX: return regex_search(test->regex, file->path, strlen(file->path), 0, NULL, 0);
  case TEST_EMPTY: return is_empty(file);
  case TEST_ACCESS: return access(file->path, (int)test->number) == 0;
  case TEST_PRINT: puts(file->path); return true;
  case TEST_PRINT0: fputs(file->path, stdout); putchar(0); return true;
  case TEST_PRINTF: print_format(test->text, file); return true;
  case TEST_LS: print_ls(file); return true;
  case TEST_PRUNE: file->pruned = true; return true;
  case TEST_QUIT: find_walk.quitting = true; return true;
  case TEST_EXEC: return run(test, file);
  case TEST_DELETE: return remove_file(file);
  }
  return false;
}
