// test, also as [.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtins.h"
#include "files.h"
#include "run.h"

struct testing {
  char **at, **end;
  int depth;
  bool has_failed;
};

static bool failed(struct testing *testing, const char *word, const char *message) {
  if (!testing->has_failed) complain("test: %s: %s", word, message);
  testing->has_failed = true;
  return false;
}

static long long number_of(struct testing *testing, const char *word) {
  char *end;
  errno = 0;
  long long number = strtoll(word, &end, 10);
  while (*end == ' ' || *end == '\t') end++;
  if (end == word || *end != '\0' || errno != 0) failed(testing, word, "Illegal number");
  return number;
}

static const char *const binaries[] = {"=", "!=", "==", "<", ">", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "-nt", "-ot", "-ef"};

static int binary_of(const char *word) {
  for (int index = 0; index < (int)(sizeof binaries / sizeof *binaries); index++) {
    if (strcmp(word, binaries[index]) == 0) return index;
  }
  return -1;
}

static bool compare_files(int operator, const char *left, const char *right) {
  struct coracle_stat first, second;
  bool has_first = system_stat(left, true, &first) == 0, has_second = system_stat(right, true, &second) == 0;
  if (operator == 13) return has_first && has_second && first.device == second.device && first.inode == second.inode;
  if (operator == 11) return has_first && (!has_second || first.modified_ns > second.modified_ns);
  return has_second && (!has_first || first.modified_ns < second.modified_ns);
}

static bool compare(struct testing *testing, int operator, const char *left, const char *right) {
  if (operator >= 11) return compare_files(operator, left, right);
  if (operator < 5) {
    int order = strcmp(left, right);
    const bool results[] = {order == 0, order != 0, order == 0, order < 0, order > 0};
    return results[operator];
  }
  long long first = number_of(testing, left), second = number_of(testing, right);
  const bool results[] = {first == second, first != second, first > second, first >= second, first < second, first <= second};
  return results[operator - 5];
}

static bool is_terminal(struct testing *testing, const char *word) {
  struct coracle_tty tty;
  long long user = number_of(testing, word);
  if (user < 0 || user >= user_descriptors || shell.files.of[user] < 0 || capture_of(shell.files.of[user]) != NULL) return false;
  return system_tty_get(shell.files.of[user], &tty) == 0;
}

static bool test_file(char letter, const char *path) {
  struct coracle_stat stat;
  if (system_stat(path, letter != 'h' && letter != 'L', &stat) < 0) return false;
  switch (letter) {
    case 'f': return S_ISREG(stat.mode);
    case 'd': return S_ISDIR(stat.mode);
    case 'h':
    case 'L': return S_ISLNK(stat.mode);
    case 'p': return S_ISFIFO(stat.mode);
    case 'S': return S_ISSOCK(stat.mode);
    case 'b': return S_ISBLK(stat.mode);
    case 'c': return S_ISCHR(stat.mode);
    case 's': return stat.size > 0;
    case 'r': return system_may(&stat, 4);
    case 'w': return system_may(&stat, 2);
    case 'x': return system_may(&stat, 1);
    case 'u': return (stat.mode & 04000) != 0;
    case 'g': return (stat.mode & 02000) != 0;
    case 'k': return (stat.mode & 01000) != 0;
    case 'O': return (int)stat.uid == system_user();
    default: return true; // -e, -a, -G
  }
}

static bool is_unary(const char *word) { return word[0] == '-' && word[1] != '\0' && word[2] == '\0' && strchr("nztaefdhLpSbcsrwxugkOG", word[1]) != NULL; }

static bool test_unary(struct testing *testing, const char *operator, const char *word) {
  switch (operator[1]) {
    case 'n': return *word != '\0';
    case 'z': return *word == '\0';
    case 't': return is_terminal(testing, word);
    default: return test_file(operator[1], word);
  }
}

static bool either(struct testing *testing);

static bool primary(struct testing *testing) {
  long left = testing->end - testing->at;
  char **at = testing->at;
  if (left <= 0) return failed(testing, "", "argument expected");
  // A binary operator in the middle wins: `test -f = x` compares.
  int operator = left >= 3 ? binary_of(at[1]) : -1;
  if (operator >= 0) {
    testing->at += 3;
    return compare(testing, operator, at[0], at[2]);
  }
  if (strcmp(at[0], "(") == 0 && left > 1) {
    testing->at++;
    bool result = either(testing);
    if (testing->at >= testing->end || strcmp(*testing->at, ")") != 0) return failed(testing, at[0], "closing paren expected");
    testing->at++;
    return result;
  }
  if (is_unary(at[0]) && left > 1) {
    testing->at += 2;
    return test_unary(testing, at[0], at[1]);
  }
  testing->at++;
  return at[0][0] != '\0';
}

static bool negated(struct testing *testing) {
  if (testing->depth > 200) return failed(testing, "!", "nested too deeply");
  bool is_not = testing->end - testing->at > 1 && strcmp(*testing->at, "!") == 0;
  if (is_not && testing->end - testing->at == 3 && binary_of(testing->at[1]) >= 0) is_not = false;
  if (!is_not) return primary(testing);
  testing->at++;
  testing->depth++;
  bool result = !negated(testing);
  testing->depth--;
  return result;
}

static bool take_word(struct testing *testing, const char *word) {
  if (testing->at >= testing->end || strcmp(*testing->at, word) != 0) return false;
  testing->at++;
  return true;
}

static bool both(struct testing *testing) {
  bool result = negated(testing);
  while (take_word(testing, "-a")) result &= negated(testing);
  return result;
}

static bool either(struct testing *testing) {
  if (testing->depth > 200) return failed(testing, "(", "nested too deeply");
  testing->depth++;
  bool result = both(testing);
  while (take_word(testing, "-o")) result |= both(testing);
  testing->depth--;
  return result;
}

int builtin_test(int argc, char **argv) {
  if (argv[0][0] == '[' && strcmp(argv[--argc], "]") != 0) {
    complain("[: missing ]");
    return 2;
  }
  if (argc == 1) return 1;
  struct testing testing = {.at = argv + 1, .end = argv + argc};
  bool result;
  // POSIX has it by the number of words.
  if (argc == 2) result = *testing.at++[0] != '\0';
  else if (argc == 3 && strcmp(argv[1], "!") == 0) result = (testing.at += 2, argv[2][0] == '\0');
  else result = either(&testing);
  if (!testing.has_failed && testing.at < testing.end) failed(&testing, *testing.at, "unexpected operator");
  return testing.has_failed ? 2 : !result;
}
