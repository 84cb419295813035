/* echo, printf */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One escape at `*at`, which stands on the backslash; @returns how many bytes it took. `\c` ends everything: *stop. With `octal_zero` octal
 * numbers begin with a zero, as in echo and %b. */
static size_t put_escape(const char *at, bool octal_zero, bool *stop) {
  static const char from[] = "abefnrtv\\\"", to[] = "\a\b\033\f\n\r\t\v\\\"";
  char next = at[1];
  const char *place = next == 0 ? NULL : strchr(from, next);
  if (place != NULL && !(next == '"' && octal_zero)) {
    putchar(to[place - from]);
    return 2;
  }
  if (next == 'c') {
    *stop = true;
    return 2;
  }
  if (next == 'x' && isxdigit((unsigned char)at[2])) {
    char digits[3] = {at[2], isxdigit((unsigned char)at[3]) ? at[3] : 0, 0};
    putchar((int)strtol(digits, NULL, 16));
    return 2 + strlen(digits);
  }
  if (next >= '0' && next <= '7' && (next == '0' || !octal_zero)) {
    size_t begin = octal_zero ? 2 : 1, length = 0;
    int value = 0;
    for (; length < 3 && at[begin + length] >= '0' && at[begin + length] <= '7'; length++) value = value * 8 + at[begin + length] - '0';
    putchar(value & 255);
    return begin + length;
  }
  putchar('\\');
  return 1;
}

int echo_main(int argc, char **argv) {
  bool newline = true, escapes = false, stop = false;
  int at = 1;
  for (; at < argc && argv[at][0] == '-' && argv[at][1] != 0 && argv[at][strspn(argv[at] + 1, "neE") + 1] == 0; at++) {
    for (const char *letter = argv[at] + 1; *letter != 0; letter++) {
      if (*letter == 'n') newline = false;
      else escapes = *letter == 'e';
    }
  }
  for (int index = at; index < argc && !stop; index++) {
    if (index > at) putchar(' ');
    for (const char *text = argv[index]; *text != 0 && !stop;) {
      if (escapes && *text == '\\' && text[1] != 0) text += put_escape(text, true, &stop);
      else putchar(*text++);
    }
  }
  if (newline && !stop) putchar('\n');
  return 0;
}

static int print_status;

static void bad_number(const char *text, const char *end) {
  if (*text == 0 || end == text) warn("'%s': expected a numeric value", text);
  else warn("'%s': value not completely converted", text);
  print_status = 1;
}

static long long whole_number(const char *text) {
  if (*text == '"' || *text == '\'') return (unsigned char)text[1];
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 0);
  if (errno == ERANGE && value > 0) value = (long long)strtoull(text, &end, 0);
  if (*end != 0 || (end == text && *text != 0)) bad_number(text, end);
  return value;
}

static double real_number(const char *text) {
  if (*text == '"' || *text == '\'') return (unsigned char)text[1];
  char *end;
  double value = strtod(text, &end);
  if (*end != 0 || (end == text && *text != 0)) bad_number(text, end);
  return value;
}

struct arguments {
  char **next, **end;
  bool used;
};

static const char *take_argument(struct arguments *arguments) {
  arguments->used = true;
  return arguments->next < arguments->end ? *arguments->next++ : "";
}

static int take_width(struct arguments *arguments) {
  const char *text = take_argument(arguments);
  return *text == 0 ? 0 : (int)whole_number(text);
}

/* %q: what a shell reads back as the same word. */
static void print_quoted(const char *text) {
  if (*text != 0 && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")] == 0) {
    fputs(text, stdout);
    return;
  }
  putchar('\'');
  for (; *text != 0; text++) {
    if (*text == '\'') fputs("'\\''", stdout);
    else putchar(*text);
  }
  putchar('\'');
}

/* One conversion. @returns how many bytes of the format it took, 0 when it is none */
static size_t convert(const char *format, struct arguments *arguments, bool *stop) {
  char spec[64];
  size_t flags = strspn(format + 1, "-+ #0'") + 1, at = flags;
  int width = 0, precision = -1;
  bool has_width = format[at] == '*';
  if (has_width) {
    width = take_width(arguments);
    at++;
  } else {
    width = atoi(format + at);
    at += strspn(format + at, "0123456789");
  }
  if (format[at] == '.') {
    at++;
    if (format[at] == '*') {
      precision = take_width(arguments);
      at++;
    } else {
      precision = atoi(format + at);
      at += strspn(format + at, "0123456789");
    }
  }
  at += strspn(format + at, "hlLjzt");
  char kind = format[at];
  if (flags > 16 || kind == 0) return 0;
  const char *length = strchr("dioxXu", kind) != NULL ? "ll" : "";
  if (precision >= 0) snprintf(spec, sizeof spec, "%.*s*.*%s%c", (int)flags, format, length, kind);
  else snprintf(spec, sizeof spec, "%.*s*%s%c", (int)flags, format, length, kind);
#define PRINT(value) (precision >= 0 ? printf(spec, width, precision, value) : printf(spec, width, value))
  if (strchr("di", kind) != NULL) PRINT(whole_number(take_argument(arguments)));
  else if (strchr("oxXu", kind) != NULL) PRINT((unsigned long long)whole_number(take_argument(arguments)));
  else if (strchr("feEgGFaA", kind) != NULL) PRINT(real_number(take_argument(arguments)));
  else if (kind == 's') PRINT(take_argument(arguments));
  else if (kind == 'c') {
    char one[2] = {*take_argument(arguments), 0};
    if (one[0] == 0) printf("%*s", width, "");
    else {
      spec[strlen(spec) - 1] = 's';
      PRINT(one);
    }
  } else if (kind == 'b') {
    for (const char *text = take_argument(arguments); *text != 0 && !*stop;) {
      if (*text == '\\' && text[1] != 0) text += put_escape(text, text[1] == '0', stop);
      else putchar(*text++);
    }
  } else if (kind == 'q') print_quoted(take_argument(arguments));
  else return 0;
#undef PRINT
  return at + 1;
}

int printf_main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--") == 0) {
    argv++;
    argc--;
  }
  if (argc < 2) die(1, "missing operand");
  struct arguments arguments = {argv + 2, argv + argc, false};
  bool stop = false;
  do {
    arguments.used = false;
    for (const char *at = argv[1]; *at != 0 && !stop;) {
      if (*at == '\\' && at[1] != 0) at += put_escape(at, false, &stop);
      else if (at[0] == '%' && at[1] == '%') {
        putchar('%');
        at += 2;
      } else if (*at == '%') {
        size_t length = convert(at, &arguments, &stop);
        if (length == 0) die(1, "%.*s: invalid conversion specification", (int)(strspn(at + 1, "-+ #0'0123456789.*") + 2), at);
        at += length;
      } else putchar(*at++);
    }
  } while (arguments.used && arguments.next < arguments.end && !stop);
  return print_status;
}
