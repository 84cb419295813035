/* test, [, expr */

#include "regex.h"
#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **words;
static int left;

_Noreturn static void fault(const char *what, const char *word) { die(2, word == NULL ? "%s" : "%s: '%s'", what, word); }

static long long number(const char *text) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  end += strspn(end, " \t\n");
  if (end == text || *end != 0 || errno != 0) fault("invalid integer", text);
  return value;
}

static bool is_unary(const char *word) { return word[0] == '-' && word[1] != 0 && word[2] == 0 && strchr("bcdefghkLnprsStuwxzGNO", word[1]) != NULL; }

static bool is_binary(const char *word) {
  static const char *const operators[] = {"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
  for (size_t index = 0; index < sizeof operators / sizeof *operators; index++) {
    if (strcmp(operators[index], word) == 0) return true;
  }
  return false;
}

static bool unary(char letter, const char *word) {
  struct stat about;
  switch (letter) {
  case 'n': return *word != 0;
  case 'z': return *word == 0;
  case 't': return isatty((int)number(word));
  case 'r': return access(word, R_OK) == 0;
  case 'w': return access(word, W_OK) == 0;
  case 'x': return access(word, X_OK) == 0;
  case 'h': case 'L': return lstat(word, &about) == 0 && S_ISLNK(about.st_mode);
  default: break;
  }
  if (stat(word, &about) != 0) return false;
  switch (letter) {
  case 'b': return S_ISBLK(about.st_mode);
  case 'c': return S_ISCHR(about.st_mode);
  case 'd': return S_ISDIR(about.st_mode);
  case 'f': return S_ISREG(about.st_mode);
  case 'p': return S_ISFIFO(about.st_mode);
  case 'S': return S_ISSOCK(about.st_mode);
  case 's': return about.st_size > 0;
  case 'g': return (about.st_mode & S_ISGID) != 0;
  case 'u': return (about.st_mode & S_ISUID) != 0;
  case 'k': return (about.st_mode & S_ISVTX) != 0;
  case 'O': return about.st_uid == geteuid();
  case 'G': return about.st_gid == getegid();
  default: return true;
  }
}

static bool newer(const char *a, const char *b) {
  struct stat first, second;
  if (stat(a, &first) != 0) return false;
  if (stat(b, &second) != 0) return true;
  if (first.st_mtim.tv_sec != second.st_mtim.tv_sec) return first.st_mtim.tv_sec > second.st_mtim.tv_sec;
  return first.st_mtim.tv_nsec > second.st_mtim.tv_nsec;
}

static bool binary(const char *a, const char *operator, const char *b) {
  if (strcmp(operator, "=") == 0 || strcmp(operator, "==") == 0) return strcmp(a, b) == 0;
  if (strcmp(operator, "!=") == 0) return strcmp(a, b) != 0;
  if (strcmp(operator, "<") == 0) return strcmp(a, b) < 0;
  if (strcmp(operator, ">") == 0) return strcmp(a, b) > 0;
  if (strcmp(operator, "-nt") == 0) return newer(a, b);
  if (strcmp(operator, "-ot") == 0) return newer(b, a);
  if (strcmp(operator, "-ef") == 0) {
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_ino == second.st_ino && first.st_dev == second.st_dev;
  }
  long long first = number(a), second = number(b);
  switch (operator[1] << 8 | operator[2]) {
  case 'e' << 8 | 'q': return first == second;
  case 'n' << 8 | 'e': return first != second;
  case 'l' << 8 | 't': return first < second;
  case 'l' << 8 | 'e': return first <= second;
  case 'g' << 8 | 't': return first > second;
  default: return first >= second;
  }
}

static const char *next(void) {
  if (left == 0) fault("argument expected", NULL);
  left--;
  return *words++;
}

static bool either(int depth);

static bool primary(int depth) {
  if (depth > 250) fault("expression too deep", NULL);
  if (left == 0) fault("argument expected", NULL);
  if (left >= 3 && is_binary(words[1])) {
    const char *a = next(), *operator= next();
    return binary(a, operator, next());
  }
  if (strcmp(*words, "!") == 0 && left > 1) {
    next();
    return !primary(depth + 1);
  }
  if (strcmp(*words, "(") == 0 && left > 1) {
    next();
    bool value = either(depth + 1);
    if (left == 0 || strcmp(next(), ")") != 0) fault("')' expected", NULL);
    return value;
  }
  if (left >= 2 && is_unary(*words)) {
    char letter = next()[1];
    return unary(letter, next());
  }
  if (left >= 2 && words[0][0] == '-' && words[0][1] != 0 && words[0][2] == 0 && strcmp(words[1], "-a") != 0 && strcmp(words[1], "-o") != 0) fault("unary operator expected", *words);
  return *next() != 0;
}

static bool both(int depth) {
  bool value = primary(depth);
  while (left > 0 && strcmp(*words, "-a") == 0) {
    next();
    value = primary(depth) && value;
  }
  return value;
}

static bool either(int depth) {
  bool value = both(depth);
  while (left > 0 && strcmp(*words, "-o") == 0) {
    next();
    value = both(depth) || value;
  }
  return value;
}

int test_main(int argc, char **argv) {
  words = argv + 1;
  left = argc - 1;
  if (strcmp(tool_name, "[") == 0) {
    if (argc < 2 || strcmp(argv[argc - 1], "]") != 0) fault("missing ']'", NULL);
    left--;
  }
  if (left == 0) return 1;
  if (left == 1) return *words[0] == 0;
  if (left == 2 && strcmp(words[0], "!") == 0) return *words[1] != 0;
  if (left == 3 && is_binary(words[1])) return !binary(words[0], words[1], words[2]);
  if (left == 4 && strcmp(words[0], "!") == 0 && is_binary(words[2])) return binary(words[1], words[2], words[3]);
  bool value = either(0);
  if (left > 0) fault(left == 1 ? "extra argument" : "too many arguments", *words);
  return !value;
}

/* Values of expr: words, which are numbers where they look like ones. */
static char *or_value(int depth);

static bool is_number(const char *text) {
  text += *text == '-';
  return *text != 0 && text[strspn(text, "0123456789")] == 0;
}

static long long integer(const char *text) {
  if (!is_number(text)) die(2, "non-integer argument");
  errno = 0;
  long long value = strtoll(text, NULL, 10);
  if (errno != 0) die(2, "%s: number out of range", text);
  return value;
}

static bool next_is(const char *word) {
  if (left == 0 || strcmp(*words, word) != 0) return false;
  words++;
  left--;
  return true;
}

static const char *expr_next(void) {
  if (left == 0) die(2, "syntax error: missing argument after '%s'", words[-1]);
  left--;
  return *words++;
}

static char *match(const char *text, const char *pattern) {
  const char *error;
  struct regex_span spans[2];
  struct regex *regex = regex_compile(pattern, strlen(pattern), 0, &error);
  if (regex == NULL) die(2, "%s", error);
  bool found = regex_search(regex, text, strlen(text), 0, spans, 2) && spans[0].begin == 0;
  if (regex_groups(regex) > 0) return found && spans[1].begin >= 0 ? take_format("%.*s", (int)(spans[1].end - spans[1].begin), text + spans[1].begin) : take_copy("");
  long long count = 0;
  for (ptrdiff_t at = 0; found && at < spans[0].end; at++) count += (text[at] & 0xc0) != 0x80;
  return take_format("%lld", count);
}

static size_t characters(const char *text) {
  size_t count = 0;
  for (; *text != 0; text++) count += (*text & 0xc0) != 0x80;
  return count;
}

static char *substring(const char *text, long long from, long long count) {
  if (from < 1 || count < 1) return take_copy("");
  struct text out = {0};
  text_clear(&out);
  for (long long place = 0; *text != 0; text++) {
    if ((*text & 0xc0) != 0x80) place++;
    if (place >= from && place - from < count) text_char(&out, *text);
  }
  return out.bytes;
}

static char *operand(int depth) {
  if (depth > 250) die(2, "expression too deep");
  if (next_is("(")) {
    char *value = or_value(depth + 1);
    if (!next_is(")")) die(2, "syntax error: expecting ')' after '%s'", words[-1]);
    return value;
  }
  if (left > 1 && next_is("length")) return take_format("%zu", characters(operand(depth + 1)));
  if (left > 2 && next_is("match")) {
    char *text = operand(depth + 1);
    return match(text, operand(depth + 1));
  }
  if (left > 2 && next_is("index")) {
    char *text = operand(depth + 1), *set = operand(depth + 1);
    size_t place = strcspn(text, set);
    return take_format("%zu", text[place] == 0 ? (size_t)0 : place + 1);
  }
  if (left > 3 && next_is("substr")) {
    char *text = operand(depth + 1), *from = operand(depth + 1), *count = operand(depth + 1);
    if (!is_number(from) || !is_number(count)) return take_copy("");
    return substring(text, integer(from), integer(count));
  }
  next_is("+");
  return take_copy(expr_next());
}

static char *match_value(int depth) {
  char *value = operand(depth);
  while (next_is(":")) value = match(value, operand(depth));
  return value;
}

static char *product(int depth) {
  char *value = match_value(depth);
  for (;;) {
    char operator= next_is("*") ? '*' : next_is("/") ? '/' : next_is("%") ? '%' : 0;
    if (operator== 0) return value;
    long long a = integer(value), b = integer(match_value(depth)), result;
    if (operator!= '*' && b == 0) die(2, "division by zero");
    if (operator== '*') {
      if (__builtin_mul_overflow(a, b, &result)) die(2, "number out of range");
    } else if (b == -1) result = operator== '/' ? (long long)(0 - (unsigned long long)a) : 0;
    else result = operator== '/' ? a / b : a % b;
    value = take_format("%lld", result);
  }
}

static char *sum(int depth) {
  char *value = product(depth);
  for (;;) {
    int sign = next_is("+") ? 1 : next_is("-") ? -1 : 0;
    if (sign == 0) return value;
    long long a = integer(value), b = integer(product(depth)), result;
    if (sign > 0 ? __builtin_add_overflow(a, b, &result) : __builtin_sub_overflow(a, b, &result)) die(2, "number out of range");
    value = take_format("%lld", result);
  }
}

static char *comparison(int depth) {
  static const char *const operators[] = {"<", "<=", "=", "==", "!=", ">=", ">"};
  char *value = sum(depth);
  for (;;) {
    size_t which = 0;
    while (which < 7 && !next_is(operators[which])) which++;
    if (which == 7) return value;
    char *other = sum(depth);
    long long order = is_number(value) && is_number(other) ? (integer(value) > integer(other)) - (integer(value) < integer(other)) : strcmp(value, other);
    bool holds[] = {order < 0, order <= 0, order == 0, order == 0, order != 0, order >= 0, order > 0};
    value = take_copy(holds[which] ? "1" : "0");
  }
}

static bool is_nothing(const char *value) { return *value == 0 || (is_number(value) && value[strspn(value, "-0")] == 0); }

static char *and_value(int depth) {
  char *value = comparison(depth);
  while (next_is("&")) {
    char *other = comparison(depth);
    if (is_nothing(value) || is_nothing(other)) value = take_copy("0");
  }
  return value;
}

static char *or_value(int depth) {
  char *value = and_value(depth);
  while (next_is("|")) {
    char *other = and_value(depth);
    if (is_nothing(value)) value = is_nothing(other) ? take_copy("0") : other;
  }
  return value;
}

int expr_main(int argc, char **argv) {
  words = argv + 1;
  left = argc - 1;
  next_is("--");
  if (left == 0) die(2, "missing operand");
  char *value = or_value(0);
  if (left > 0) die(2, "syntax error: unexpected argument '%s'", *words);
  puts(value);
  return is_nothing(value);
}
