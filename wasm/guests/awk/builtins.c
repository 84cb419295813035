/* awk: its functions. */

#include "input.h"
#include "run.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t characters(const struct string *text, size_t bytes) {
  size_t count = 0;
  for (size_t at = 0; at < bytes; at++) count += ((unsigned char)text->bytes[at] & 0xc0) != 0x80;
  return count;
}

/* Where the `number`-th character begins, counted from 0. */
static size_t byte_of(const struct string *text, double number) {
  size_t at = 0;
  for (double count = 0; at < text->length; at++) {
    if (((unsigned char)text->bytes[at] & 0xc0) != 0x80 && count++ >= number) break;
  }
  return at;
}

static struct string *text_argument(const struct node *arguments) {
  static const struct node zero = {.kind = N_NUMBER}, record = {.kind = N_FIELD, .a = (struct node *)&zero};
  return evaluate_string(arguments == NULL ? &record : arguments);
}

static struct value length_of(const struct node *arguments) {
  if (arguments != NULL && (arguments->kind == N_VARIABLE || arguments->kind == N_LOCAL)) {
    struct value value = evaluate(arguments);
    bool unset = value.flags == 0;
    value_free(&value);
    if (unset && arguments->kind == N_VARIABLE && awk.variables[arguments->number].array != NULL) return number_value((double)awk.variables[arguments->number].array->count);
    if (unset && arguments->kind == N_LOCAL) return number_value((double)array_of(arguments)->count);
  }
  struct string *text = text_argument(arguments);
  size_t count = characters(text, text->length);
  string_free(text);
  return number_value((double)count);
}

static double rounded(double number) { return isnan(number) ? -1 : nearbyint(number); }

static struct value substring(const struct node *arguments) {
  struct string *text = evaluate_string(arguments);
  double from = rounded(evaluate_number(arguments->next)), end = INFINITY;
  if (arguments->next->next != NULL) end = from + rounded(evaluate_number(arguments->next->next));
  if (from < 1) from = 1;
  size_t begin = byte_of(text, from - 1), stop = end <= from ? begin : isinf(end) ? text->length : byte_of(text, end - 1);
  struct value value = string_value(string_make(text->bytes + begin, stop > begin ? stop - begin : 0));
  string_free(text);
  return value;
}

static struct value index_of(const struct node *arguments) {
  struct string *text = evaluate_string(arguments), *part = evaluate_string(arguments->next);
  const char *found = find_bytes(text->bytes, text->length, part->bytes, part->length);
  double place = found == NULL ? 0 : (double)characters(text, (size_t)(found - text->bytes)) + 1;
  string_free(text);
  string_free(part);
  return number_value(place);
}

struct pieces {
  struct array *array;
  size_t count;
};

static void add_piece(void *context, const char *bytes, size_t length) {
  struct pieces *pieces = context;
  char key[24];
  snprintf(key, sizeof key, "%zu", ++pieces->count);
  struct string *name = string_make(key, strlen(key));
  array_find(pieces->array, name, true)->value = input_value(bytes, length);
  string_free(name);
}

static struct value split(const struct node *arguments) {
  struct string *text = evaluate_string(arguments);
  const struct node *by = arguments->next->next;
  struct pieces pieces = {.array = array_of(arguments->next)};
  struct string *separator = by != NULL && by->kind != N_REGEX ? evaluate_string(by) : special_string(V_FS);
  array_clear(pieces.array);
  split_text(text, separator, by != NULL && by->kind == N_REGEX ? by->regex : NULL, add_piece, &pieces);
  string_free(text);
  string_free(separator);
  return number_value((double)pieces.count);
}

static void add_replacement(struct text *out, const struct string *with, const char *found, size_t length) {
  for (size_t at = 0; at < with->length; at++) {
    if (with->bytes[at] == '\\' && at + 1 < with->length && (with->bytes[at + 1] == '&' || with->bytes[at + 1] == '\\')) text_char(out, with->bytes[++at]);
    else if (with->bytes[at] == '&') text_add(out, found, length);
    else text_char(out, with->bytes[at]);
  }
}

static struct value substitute(const struct node *arguments, bool all) {
  static const struct node zero = {.kind = N_NUMBER}, record = {.kind = N_FIELD, .a = (struct node *)&zero};
  const struct node *target = arguments->next->next != NULL ? arguments->next->next : &record;
  struct string *with = evaluate_string(arguments->next), *text = evaluate_string(target);
  struct regex *regex = regex_of(arguments);
  struct text out = {0};
  struct regex_span span;
  size_t from = 0, count = 0;
  text_clear(&out);
  for (ptrdiff_t last = -1; from <= text->length && regex_search(regex, text->bytes, text->length, from, &span, 1);) {
    size_t begin = (size_t)span.begin, end = (size_t)span.end;
    text_add(&out, text->bytes + from, begin - from);
    from = begin;
    if (end > begin || span.begin != last) {
      add_replacement(&out, with, text->bytes + begin, end - begin);
      count++;
    }
    from = end;
    last = span.end;
    if (!all && count > 0) break;
    if (end > begin) continue;
    if (from == text->length) break;
    int character;
    size_t step = utf8_decode(text->bytes + from, text->length - from, &character);
    text_add(&out, text->bytes + from, step);
    from += step;
  }
  if (from < text->length) text_add(&out, text->bytes + from, text->length - from);
  if (count > 0) assign(target, string_value(string_make(out.bytes, out.length)));
  free(out.bytes);
  string_free(with);
  string_free(text);
  return number_value((double)count);
}

static struct value match(const struct node *arguments) {
  struct string *text = evaluate_string(arguments);
  struct regex_span span;
  bool found = regex_search(regex_of(arguments->next), text->bytes, text->length, 0, &span, 1);
  double begin = found ? (double)characters(text, (size_t)span.begin) + 1 : 0;
  double length = found ? (double)(characters(text, (size_t)span.end) - characters(text, (size_t)span.begin)) : -1;
  set_special(V_RSTART, number_value(begin));
  set_special(V_RLENGTH, number_value(length));
  string_free(text);
  return number_value(begin);
}

static void add_character(struct text *out, const char *flags, int width, const struct value *value) {
  char bytes[5] = {0};
  size_t length;
  if (is_numeric(value) && !(value->flags & LOOKS_NUMERIC)) length = utf8_encode((int)to_number(value) & 0x1fffff, bytes);
  else {
    int character;
    length = value->string == NULL || value->string->length == 0 ? 0 : utf8_decode(value->string->bytes, value->string->length, &character);
    memcpy(bytes, value->string == NULL ? "" : value->string->bytes, length);
  }
  bool left = strchr(flags, '-') != NULL;
  for (int pad = width - 1; !left && pad > 0; pad--) text_char(out, ' ');
  text_add(out, bytes, length);
  for (int pad = width - 1; left && pad > 0; pad--) text_char(out, ' ');
}

/* %s by characters, as widths of text are meant. */
static void add_string(struct text *out, const char *flags, int width, int precision, const struct string *text) {
  size_t length = precision >= 0 ? byte_of(text, precision) : text->length;
  int pad = width - (int)characters(text, length);
  bool left = strchr(flags, '-') != NULL;
  for (; !left && pad > 0; pad--) text_char(out, ' ');
  text_add(out, text->bytes, length);
  for (; pad > 0; pad--) text_char(out, ' ');
}

static int take_width(const char **at, const struct node **arguments) {
  if (**at == '*') {
    ++*at;
    if (*arguments == NULL) die(2, "not enough arguments for the format");
    int value = (int)evaluate_number(*arguments);
    *arguments = (*arguments)->next;
    return value;
  }
  int value = atoi(*at);
  *at += strspn(*at, "0123456789");
  return value;
}

static const char *convert(struct text *out, const char *at, const struct node **arguments) {
  char flags[8] = {0}, spec[32];
  for (size_t count = 0; *at != 0 && strchr("-+ #0", *at) != NULL; at++) {
    if (count < 6) flags[count++] = *at;
  }
  int width = take_width(&at, arguments), precision = -1;
  if (width < 0) {
    strcat(flags, "-");
    width = -width;
  }
  if (*at == '.') {
    at++;
    precision = take_width(&at, arguments);
  }
  at += strspn(at, "hlL");
  if (*at == '%') {
    text_char(out, '%');
    return at + 1;
  }
  if (*at == 0 || strchr("diouxXeEfFgGcs", *at) == NULL) die(2, "an unknown conversion in a format");
  if (*arguments == NULL && *at != 's' && *at != 'c') die(2, "not enough arguments for the format");
  struct value value = *arguments == NULL ? (struct value){0} : evaluate(*arguments);
  if (*at == 'c') add_character(out, flags, width, &value);
  else if (*at == 's') {
    struct string *format = special_string(V_CONVFMT), *text = to_string(&value, format->bytes);
    add_string(out, flags, width, precision, text);
    string_free(text);
    string_free(format);
  } else if (strchr("diouxX", *at) != NULL) {
    double number = to_number(&value);
    long long whole = number >= 9.2e18 ? INT64_MAX : number <= -9.2e18 ? INT64_MIN : (long long)number;
    if (precision >= 0) snprintf(spec, sizeof spec, "%%%s*.*ll%c", flags, *at);
    else snprintf(spec, sizeof spec, "%%%s*ll%c", flags, *at);
    if (precision >= 0) text_format(out, spec, width, precision, whole);
    else text_format(out, spec, width, whole);
  } else {
    snprintf(spec, sizeof spec, "%%%s*.*%c", flags, *at);
    text_format(out, spec, width, precision < 0 ? 6 : precision, to_number(&value));
  }
  value_free(&value);
  if (*arguments != NULL) *arguments = (*arguments)->next;
  return at + 1;
}

static struct value format(const struct node *arguments) {
  struct string *text = evaluate_string(arguments);
  struct text out = {0};
  const struct node *rest = arguments->next;
  text_clear(&out);
  for (const char *at = text->bytes, *end = at + text->length; at < end;) {
    if (*at == '%' && at + 1 < end) at = convert(&out, at + 1, &rest);
    else text_char(&out, *at++);
  }
  struct value value = string_value(string_make(out.bytes, out.length));
  free(out.bytes);
  string_free(text);
  return value;
}

static struct value change_case(const struct node *arguments, int (*change)(int)) {
  struct string *text = text_argument(arguments), *changed = string_make(text->bytes, text->length);
  for (size_t at = 0; at < changed->length; at++) changed->bytes[at] = (char)change((unsigned char)changed->bytes[at]);
  string_free(text);
  return string_value(changed);
}

static struct value seed(const struct node *arguments) {
  static double last;
  double former = last;
  last = arguments == NULL ? (double)time(NULL) : evaluate_number(arguments);
  srandom((unsigned)(long long)last);
  return number_value(former);
}

static struct value with_name(const struct node *arguments, int (*act)(const char *name)) {
  struct string *name = evaluate_string(arguments);
  int result = act(name->bytes);
  string_free(name);
  return number_value(result);
}

static size_t count_of(const struct node *arguments) {
  size_t count = 0;
  for (; arguments != NULL; arguments = arguments->next) count++;
  return count;
}

struct value call_builtin(const struct node *node) {
  const struct node *arguments = node->a;
  static const unsigned char least[] = {[B_SUBSTR] = 2, [B_INDEX] = 2, [B_SPLIT] = 2, [B_SUB] = 2, [B_GSUB] = 2, [B_MATCH] = 2, [B_SPRINTF] = 1, [B_SIN] = 1, [B_COS] = 1,
                                        [B_ATAN2] = 2, [B_EXP] = 1, [B_LOG] = 1, [B_SQRT] = 1, [B_INT] = 1, [B_SYSTEM] = 1, [B_CLOSE] = 1, [B_FFLUSH] = 0};
  if (count_of(arguments) < least[node->operation]) die(2, "not enough arguments for a function");
  switch ((enum builtin)node->operation) {
  case B_LENGTH: return length_of(arguments);
  case B_SUBSTR: return substring(arguments);
  case B_INDEX: return index_of(arguments);
  case B_SPLIT: return split(arguments);
  case B_SUB: return substitute(arguments, false);
  case B_GSUB: return substitute(arguments, true);
  case B_MATCH: return match(arguments);
  case B_SPRINTF: return format(arguments);
  case B_SIN: return number_value(sin(evaluate_number(arguments)));
  case B_COS: return number_value(cos(evaluate_number(arguments)));
  case B_ATAN2: {
    double y = evaluate_number(arguments);
    return number_value(atan2(y, evaluate_number(arguments->next)));
  }
  case B_EXP: return number_value(exp(evaluate_number(arguments)));
  case B_LOG: return number_value(log(evaluate_number(arguments)));
  case B_SQRT: return number_value(sqrt(evaluate_number(arguments)));
  case B_INT: return number_value(trunc(evaluate_number(arguments)));
  case B_RAND: return number_value((double)random() / 2147483648.0);
  case B_SRAND: return seed(arguments);
  case B_TOLOWER: return change_case(arguments, tolower);
  case B_TOUPPER: return change_case(arguments, toupper);
  case B_SYSTEM: return with_name(arguments, run_shell);
  case B_CLOSE: return with_name(arguments, close_named);
  case B_FFLUSH: flush_all(); return number_value(0);
  }
  return (struct value){0};
}
