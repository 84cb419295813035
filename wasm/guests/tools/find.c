/* find: from its expression to a tree, and the walk that asks it. */

#include "find.h"
#include "sys.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct find_walk find_walk;

static char **words;

_Noreturn static void fault(const char *what, const char *word) { die(1, "%s '%s'", what, word); }

static struct test *make(enum test_kind kind) {
  struct test *test = take(sizeof *test);
  test->kind = kind;
  return test;
}

static const char *argument(const char *of) {
  if (*words == NULL) fault("missing argument to", of);
  return *words++;
}

/* +n, -n, n */
static void read_count(struct test *test, const char *text, const char *of) {
  test->compare = *text == '+' ? 1 : *text == '-' ? -1 : 0;
  char *end;
  const char *digits = text + (test->compare != 0);
  test->number = strtoll(digits, &end, 10);
  test->unit = 1;
  if (end == digits) fault("invalid argument to", of);
  if (strcmp(of, "-size") == 0) {
    static const struct {
      char letter;
      int64_t unit;
    } units[] = {{'c', 1}, {'w', 2}, {'b', 512}, {0, 512}, {'k', 1024}, {'M', 1 << 20}, {'G', 1 << 30}};
    test->unit = 0;
    for (size_t index = 0; index < sizeof units / sizeof *units; index++) {
      if (units[index].letter == *end) test->unit = units[index].unit;
    }
    if (test->unit == 0) fault("invalid -size type", text);
  } else if (*end != 0) fault("invalid argument to", of);
}

static struct test *counted(enum test_kind kind, const char *of) {
  struct test *test = make(kind);
  read_count(test, argument(of), of);
  return test;
}

static struct test *with_text(enum test_kind kind, const char *of, bool fold) {
  struct test *test = make(kind);
  test->text = argument(of);
  test->fold = fold;
  return test;
}

static struct test *with_mode(const char *of) {
  struct test *test = make(TEST_PERM);
  const char *text = argument(of);
  test->compare = *text == '-' ? -1 : *text == '/' ? 1 : 0;
  if (!parse_mode(text + (test->compare != 0), 0, false, 0, &test->mode)) fault("invalid mode", text);
  return test;
}

static struct test *with_regex(const char *of, bool fold) {
  struct test *test = make(TEST_REGEX);
  const char *error, *pattern = argument(of);
  test->regex = regex_compile(pattern, strlen(pattern), REGEX_LINE | (fold ? REGEX_FOLD : 0) | find_walk.regex_flags, &error);
  if (test->regex == NULL) fault(error, pattern);
  return test;
}

static struct test *newer(const char *of) {
  struct test *test = make(TEST_NEWER);
  const char *path = argument(of);
  struct stat about;
  if (stat(path, &about) != 0) die_errno(1, "'%s'", path);
  test->time = about.st_mtim;
  return test;
}

static struct test *owner(const char *of, bool group) {
  struct test *test = make(group ? TEST_GID : TEST_UID);
  const char *name = argument(of);
  uid_t id;
  if (!(group ? group_id(name, (gid_t *)&id) : user_id(name, &id, NULL))) die(1, "'%s' is not the name of a known %s", name, group ? "group" : "user");
  test->number = id;
  test->unit = 1;
  return test;
}

/* -exec WORDS ; and -exec WORDS {} + */
static struct test *command(const char *of, bool asking, bool in_folder) {
  struct test *test = make(TEST_EXEC);
  test->words = words;
  test->fold = asking;
  test->in_folder = in_folder;
  for (; *words != NULL; words++, test->count++) {
    if (strcmp(*words, ";") == 0) break;
    if (strcmp(*words, "+") == 0 && test->count > 0 && strcmp(words[-1], "{}") == 0) {
      test->many = true;
      test->count--;
      break;
    }
  }
  if (*words == NULL || test->count == 0) fault("missing argument to", of);
  words++;
  find_walk.acts = true;
  return test;
}

static struct test *output(enum test_kind kind) {
  find_walk.acts = true;
  return make(kind);
}

static struct test *format_output(const char *of) {
  find_walk.acts = true;
  return with_text(TEST_PRINTF, of, false);
}

static struct test *set_depth(const char *of, bool most) {
  const char *text = argument(of);
  int64_t value = parse_number(text, 1, "argument");
  if (value < 0) fault("expected a positive decimal integer argument to", of);
  *(most ? &find_walk.deepest : &find_walk.shallowest) = value;
  return make(TEST_TRUE);
}

static struct test *primary_of_time(const char *word) {
  static const struct {
    const char *word;
    char which;
    int64_t unit;
  } times[] = {{"-mtime", 'm', 86400}, {"-atime", 'a', 86400}, {"-ctime", 'c', 86400}, {"-mmin", 'm', 60}, {"-amin", 'a', 60}, {"-cmin", 'c', 60}};
  for (size_t index = 0; index < sizeof times / sizeof *times; index++) {
    if (strcmp(times[index].word, word) != 0) continue;
    struct test *test = counted(TEST_TIME, word);
    test->which = times[index].which;
    test->unit = times[index].unit;
    return test;
  }
  return NULL;
}

static struct test *primary_of_text(const char *word) {
  static const struct {
    const char *word;
    enum test_kind kind;
    bool fold;
  } texts[] = {{"-name", TEST_NAME, false}, {"-iname", TEST_NAME, true}, {"-path", TEST_PATH, false}, {"-wholename", TEST_PATH, false},
               {"-ipath", TEST_PATH, true}, {"-type", TEST_TYPE, false}, {"-xtype", TEST_TYPE, true}, {"-lname", TEST_LINK, false}};
  for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
    if (strcmp(texts[index].word, word) == 0) return with_text(texts[index].kind, word, texts[index].fold);
  }
  return NULL;
}

static struct test *option_word(const char *word) {
  if (strcmp(word, "-depth") == 0) find_walk.content_first = true;
  else if (strcmp(word, "-mount") == 0 || strcmp(word, "-xdev") == 0) find_walk.one_device = true;
  else if (strcmp(word, "-follow") == 0) find_walk.follow = true;
  else if (strcmp(word, "-regextype") == 0) {
    const char *type = argument(word);
    find_walk.regex_flags = strstr(type, "extended") != NULL || strcmp(type, "egrep") == 0 || strcmp(type, "awk") == 0 ? REGEX_EXTENDED : 0;
  } else if (strcmp(word, "-true") != 0 && strcmp(word, "-noleaf") != 0 && strcmp(word, "-ignore_readdir_race") != 0) return NULL;
  return make(TEST_TRUE);
}

static struct test *primary(void) {
  const char *word = *words++;
  struct test *test = primary_of_text(word);
  if (test == NULL) test = primary_of_time(word);
  if (test == NULL) test = option_word(word);
  if (test != NULL) return test;
  if (strcmp(word, "-size") == 0) return counted(TEST_SIZE, word);
  if (strcmp(word, "-links") == 0) return counted(TEST_LINKS, word);
  if (strcmp(word, "-inum") == 0) return counted(TEST_INODE, word);
  if (strcmp(word, "-uid") == 0) return counted(TEST_UID, word);
  if (strcmp(word, "-gid") == 0) return counted(TEST_GID, word);
  if (strcmp(word, "-user") == 0) return owner(word, false);
  if (strcmp(word, "-group") == 0) return owner(word, true);
  if (strcmp(word, "-perm") == 0) return with_mode(word);
  if (strcmp(word, "-newer") == 0) return newer(word);
  if (strcmp(word, "-regex") == 0) return with_regex(word, false);
  if (strcmp(word, "-iregex") == 0) return with_regex(word, true);
  if (strcmp(word, "-empty") == 0) return make(TEST_EMPTY);
  if (strcmp(word, "-executable") == 0 || strcmp(word, "-readable") == 0 || strcmp(word, "-writable") == 0) {
    test = make(TEST_ACCESS);
    test->number = word[1] == 'e' ? 1 : word[1] == 'r' ? 4 : 2;
    return test;
  }
  if (strcmp(word, "-false") == 0) return make(TEST_FALSE);
  if (strcmp(word, "-print") == 0) return output(TEST_PRINT);
  if (strcmp(word, "-print0") == 0) return output(TEST_PRINT0);
  if (strcmp(word, "-ls") == 0) return output(TEST_LS);
  if (strcmp(word, "-printf") == 0) return format_output(word);
  if (strcmp(word, "-prune") == 0) return make(TEST_PRUNE);
  if (strcmp(word, "-quit") == 0) return make(TEST_QUIT);
  if (strcmp(word, "-maxdepth") == 0) return set_depth(word, true);
  if (strcmp(word, "-mindepth") == 0) return set_depth(word, false);
  if (strcmp(word, "-exec") == 0 || strcmp(word, "-ok") == 0) return command(word, word[1] == 'o', false);
  if (strcmp(word, "-execdir") == 0) return command(word, false, true);
  if (strcmp(word, "-delete") == 0) {
    find_walk.content_first = true;
    return output(TEST_DELETE);
  }
  if (*word != '-') die(1, "paths must precede expression: '%s'", word);
  fault("unknown predicate", word);
}

static struct test *alternatives(int depth);

static bool is_word(const char *word, const char *short_one, const char *long_one) {
  return word != NULL && (strcmp(word, short_one) == 0 || (long_one != NULL && strcmp(word, long_one) == 0));
}

static struct test *factor(int depth) {
  if (depth > 250) die(1, "the expression is too deep");
  if (*words == NULL) die(1, "invalid expression: an operand is missing");
  if (is_word(*words, "!", "-not")) {
    words++;
    struct test *test = make(TEST_NOT);
    test->left = factor(depth + 1);
    return test;
  }
  if (is_word(*words, "(", NULL)) {
    words++;
    if (is_word(*words, ")", NULL)) die(1, "invalid expression; empty parentheses are not allowed.");
    struct test *test = alternatives(depth + 1);
    if (!is_word(*words, ")", NULL)) die(1, "invalid expression; I was expecting to find a ')' somewhere but did not see one.");
    words++;
    return test;
  }
  if (is_word(*words, ")", NULL)) die(1, "invalid expression; you have too many ')'");
  return primary();
}

static struct test *join(enum test_kind kind, struct test *left, struct test *right) {
  struct test *test = make(kind);
  test->left = left;
  test->right = right;
  return test;
}

static struct test *terms(int depth) {
  struct test *test = factor(depth);
  while (*words != NULL && !is_word(*words, "-o", "-or") && !is_word(*words, ")", ",")) {
    if (is_word(*words, "-a", "-and")) words++;
    test = join(TEST_AND, test, factor(depth));
  }
  return test;
}

static struct test *alternatives(int depth) {
  struct test *test = terms(depth);
  for (;;) {
    if (is_word(*words, "-o", "-or")) {
      words++;
      test = join(TEST_OR, test, terms(depth));
    } else if (is_word(*words, ",", NULL)) {
      words++;
      test = join(TEST_BOTH, test, terms(depth));
    } else return test;
  }
}

static bool visit(struct find_file *file);

static void visit_folder(const struct find_file *folder) {
  DIR *directory = opendir(folder->path);
  if (directory == NULL) {
    warn_errno("'%s'", folder->path);
    find_walk.status = 1;
    return;
  }
  /* Read whole, since tests may remove what is in it. */
  struct text entries = {0};
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") != 0 && strcmp(each->d_name, "..") != 0) text_add(&entries, each->d_name, strlen(each->d_name) + 1);
  }
  closedir(directory);
  for (size_t at = 0; at < entries.length && !find_walk.quitting; at += strlen(entries.bytes + at) + 1) {
    char *path = path_join(folder->path, entries.bytes + at);
    struct find_file file = {.path = path, .name = path + strlen(path) - strlen(entries.bytes + at), .depth = folder->depth + 1, .start = folder->start, .device = folder->device};
    visit(&file);
    free(path);
  }
  free(entries.bytes);
}

static bool visit(struct find_file *file) {
  bool follow = find_walk.follow || (file->depth == 0 && find_walk.follow_arguments);
  bool known = follow && stat(file->path, &file->about) == 0;
  if (!known && lstat(file->path, &file->about) != 0) {
    warn_errno("'%s'", file->path);
    find_walk.status = 1;
    return false;
  }
  if (file->depth == 0) file->device = file->about.st_dev;
  bool asked = file->depth >= find_walk.shallowest, folder = S_ISDIR(file->about.st_mode);
  bool deeper = folder && (find_walk.deepest < 0 || file->depth < find_walk.deepest);
  if (find_walk.one_device && file->about.st_dev != file->device) deeper = false;
  if (asked && !find_walk.content_first) find_test(find_walk.test, file);
  if (deeper && !(file->pruned && !find_walk.content_first) && !find_walk.quitting) visit_folder(file);
  if (asked && find_walk.content_first && !find_walk.quitting) find_test(find_walk.test, file);
  return true;
}

int find_main(int argc, char **argv) {
  (void)argc;
  static char *here[] = {".", NULL};
  char **paths = argv + 1, **end;
  find_walk.deepest = -1;
  find_walk.now = time(NULL);
  for (; *paths != NULL && (strcmp(*paths, "-L") == 0 || strcmp(*paths, "-H") == 0 || strcmp(*paths, "-P") == 0); paths++) {
    find_walk.follow = (*paths)[1] == 'L';
    find_walk.follow_arguments = (*paths)[1] == 'H';
  }
  for (end = paths; *end != NULL && **end != '-' && strcmp(*end, "(") != 0 && strcmp(*end, "!") != 0; end++) continue;
  words = end;
  find_walk.test = *words == NULL ? make(TEST_TRUE) : alternatives(0);
  if (*words != NULL) die(1, "invalid expression; you have too many ')'");
  if (!find_walk.acts) find_walk.test = join(TEST_AND, find_walk.test, make(TEST_PRINT));
  if (paths == end) {
    paths = here;
    end = here + 1;
  }
  for (; paths < end && !find_walk.quitting; paths++) {
    char *base = path_base(*paths);
    struct find_file file = {.path = *paths, .name = base, .start = *paths};
    visit(&file);
    free(base);
  }
  find_finish(find_walk.test);
  return find_walk.status;
}
