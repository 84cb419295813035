// echo and printf.
#include <stdlib.h>
#include <string.h>

#include "builtins.h"
#include "expand.h"
#include "files.h"
#include "run.h"

struct printing {
  char **next; // argument to be used
  int status;
  bool stops; // \c
};

static const char letters[] = "abefnrtv\\";
static const char codes[] = "\a\b\033\f\n\r\t\v\\";

// Up to `most` octal digits.
static int octal(const char **at, int most) {
  int code = 0;
  for (; most > 0 && **at >= '0' && **at <= '7'; most--) code = code * 8 + *(*at)++ - '0';
  return code & 255;
}

// After a backslash. In `echo` and `%b` octal numbers begin with 0, and \c ends all.
static void put_escape(const char **at, bool is_echo, bool *stops) {
  char letter = **at;
  const char *found = letter == '\0' ? NULL : strchr(letters, letter);
  if (letter == 'c' && is_echo) {
    *stops = true;
  } else if (found != NULL) {
    out_char(codes[found - letters]);
    ++*at;
  } else if (letter >= '0' && letter <= '7') {
    if (is_echo && letter == '0') ++*at;
    out_char((char)octal(at, 3));
  } else if (letter == 'x' && strspn(*at + 1, "0123456789abcdefABCDEF") > 0) {
    size_t size = strspn(*at + 1, "0123456789abcdefABCDEF");
    char digits[3] = {(*at)[1], size > 1 ? (*at)[2] : '\0', '\0'};
    out_char((char)strtol(digits, NULL, 16));
    *at += 1 + strlen(digits);
  } else {
    out_char('\\');
  }
}

static void put_escaped(const char *text, bool *stops) {
  while (*text != '\0' && !*stops) {
    size_t size = strcspn(text, "\\");
    text_add(&output, text, size);
    text += size;
    if (*text != '\\') return;
    text++;
    put_escape(&text, true, stops);
  }
}

int builtin_echo(int argc, char **argv) {
  bool stops = false, has_end = true, escapes = true;
  int at = 1;
  for (; at < argc && argv[at][0] == '-' && argv[at][1] != '\0' && argv[at][1 + strspn(argv[at] + 1, "neE")] == '\0'; at++) {
    if (strchr(argv[at], 'n') != NULL) has_end = false;
    if (strchr(argv[at], 'E') != NULL) escapes = false;
  }
  for (int index = at; index < argc && !stops; index++) {
    if (index > at) out_char(' ');
    if (escapes) put_escaped(argv[index], &stops);
    else out(argv[index]);
  }
  if (has_end && !stops) out_char('\n');
  return 0;
}

static const char *next_argument(struct printing *printing) { return *printing->next == NULL ? NULL : *printing->next++; }

static void check_number(struct printing *printing, const char *text, const char *end) {
  if (end != text && *end == '\0') return;
  complain(end == text ? "printf: %s: expected numeric value" : "printf: %s: not completely converted", text);
  printing->status = 1;
}

// 'c is the code of c.
static long long next_number(struct printing *printing) {
  const char *text = next_argument(printing);
  char *end;
  if (text == NULL) return 0;
  if (*text == '\'' || *text == '"') return (unsigned char)text[1];
  long long number = *text == '-' ? strtoll(text, &end, 0) : (long long)strtoull(text, &end, 0);
  check_number(printing, text, end);
  return number;
}

static double next_double(struct printing *printing) {
  const char *text = next_argument(printing);
  char *end;
  if (text == NULL) return 0;
  if (*text == '\'' || *text == '"') return (unsigned char)text[1];
  double number = strtod(text, &end);
  check_number(printing, text, end);
  return number;
}

static void put_padded(const char *text, size_t size, int width) {
  int missing = (width < 0 ? -width : width) - (int)size;
  for (int left = missing; width > 0 && left > 0; left--) out_char(' ');
  text_add(&output, text, size);
  for (int left = missing; width < 0 && left > 0; left--) out_char(' ');
}

// Flags, width and precision of a conversion, for printf(3).
struct conversion {
  char flags[8];
  int width, precision; // a negative precision is none
};

static int number_or_star(struct printing *printing, const char **at) {
  int number = 0;
  if (**at == '*') {
    ++*at;
    return (int)next_number(printing);
  }
  for (; **at >= '0' && **at <= '9'; ++*at) number = number > 1000000 ? number : number * 10 + **at - '0';
  return number;
}

static struct conversion read_conversion(struct printing *printing, const char **at) {
  struct conversion conversion = {.precision = -1};
  size_t flags = 0;
  for (; **at != '\0' && strchr("-+ #0", **at) != NULL; ++*at) {
    if (strchr(conversion.flags, **at) == NULL) conversion.flags[flags++] = **at;
  }
  conversion.width = number_or_star(printing, at);
  if (**at == '.') {
    ++*at;
    conversion.precision = number_or_star(printing, at);
  }
  if (strchr(conversion.flags, '-') != NULL && conversion.width > 0) conversion.width = -conversion.width;
  while (**at != '\0' && strchr("hlLjzt", **at) != NULL) ++*at;
  return conversion;
}

static void put_number(const struct conversion *conversion, char letter, struct printing *printing) {
  char format[24] = "%";
  bool is_double = strchr("aAeEfFgG", letter) != NULL;
  strcat(format, conversion->flags);
  strcat(format, is_double ? "*.*" : "*.*ll");
  strncat(format, &letter, 1);
  if (is_double) out_format(format, conversion->width, conversion->precision, next_double(printing));
  else out_format(format, conversion->width, conversion->precision, next_number(printing));
}

// %b: into a text of its own, since it may be padded.
static void put_text_escaped(struct printing *printing, const struct conversion *conversion, const char *text) {
  struct text outer = output;
  output = (struct text){0};
  put_escaped(text, &printing->stops);
  struct text inner = output;
  output = outer;
  size_t size = conversion->precision >= 0 && (size_t)conversion->precision < inner.size ? (size_t)conversion->precision : inner.size;
  put_padded(inner.bytes, size, conversion->width);
  text_free(&inner);
}

static bool convert(struct printing *printing, const char **at) {
  struct conversion conversion = read_conversion(printing, at);
  char letter = **at;
  if (letter == '\0' || strchr("bcsdiouxXaAeEfFgG", letter) == NULL) {
    complain("printf: %%%c: invalid directive", letter);
    return false;
  }
  ++*at;
  if (strchr("bcs", letter) == NULL) {
    put_number(&conversion, letter, printing);
    return true;
  }
  const char *text = next_argument(printing);
  if (text == NULL) text = "";
  size_t size = strlen(text);
  if (letter == 'b') put_text_escaped(printing, &conversion, text);
  else if (letter == 'c') put_padded(text, size > 0, conversion.width);
  else put_padded(text, conversion.precision >= 0 && (size_t)conversion.precision < size ? (size_t)conversion.precision : size, conversion.width);
  return true;
}

static bool print_once(struct printing *printing, const char *format) {
  while (*format != '\0' && !printing->stops) {
    char byte = *format++;
    if (byte == '\\') {
      put_escape(&format, false, &printing->stops);
    } else if (byte == '%' && *format == '%') {
      out_char(*format++);
    } else if (byte != '%') {
      out_char(byte);
    } else if (!convert(printing, &format)) {
      return false;
    }
  }
  return true;
}

int builtin_printf(int argc, char **argv) {
  int at = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
  if (at >= argc) {
    complain("usage: printf format [arg ...]");
    return 2;
  }
  struct printing printing = {.next = argv + at + 1};
  char **before;
  do {
    before = printing.next;
    if (!print_once(&printing, argv[at])) return 2;
  } while (*printing.next != NULL && printing.next != before && !printing.stops);
  return printing.status;
}
