// Arithmetic: POSIX 2.6.4, with C's operators, of 64 bits that wrap.
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "parser.h"
#include "shell.h"
#include "variables.h"

enum { deepest = 200 };

struct evaluation {
  const char *at;
  int depth;
  bool is_skipped; // the side of && || ?: that does not count
  bool has_failed;
};

static int64_t comma(struct evaluation *evaluation);
static int64_t unary(struct evaluation *evaluation);

static int64_t failed(struct evaluation *evaluation, const char *message) {
  if (!evaluation->has_failed) fail("arithmetic expression: %s: \"%s\"", message, evaluation->at);
  evaluation->has_failed = true;
  evaluation->at = "";
  return 0;
}

static void skip_blanks(struct evaluation *evaluation) {
  while (*evaluation->at != '\0' && strchr(" \t\n\r\"", *evaluation->at) != NULL) evaluation->at++;
}

static bool take_text(struct evaluation *evaluation, const char *text) {
  size_t size = strlen(text);
  skip_blanks(evaluation);
  if (strncmp(evaluation->at, text, size) != 0) return false;
  evaluation->at += size;
  return true;
}

static int64_t number(struct evaluation *evaluation) {
  char *end;
  int64_t value = (int64_t)strtoull(evaluation->at, &end, 0);
  if (is_name_byte((unsigned char)*end)) return failed(evaluation, "bad number");
  evaluation->at = end;
  return value;
}

// A variable's value may be an expression itself.
static int64_t value_of_name(struct evaluation *evaluation, const char *name) {
  const char *value = variable_get(name);
  if (value == NULL) {
    if (shell.options[option_nounset] && !evaluation->is_skipped) {
      fail("%s: parameter not set", name);
      evaluation->has_failed = true;
    }
    return 0;
  }
  struct evaluation inner = {.at = value, .depth = evaluation->depth + 1};
  skip_blanks(&inner);
  if (*inner.at == '\0') return 0;
  if (inner.depth > deepest || !system_has_stack()) return failed(evaluation, "nested too deeply");
  int64_t result = comma(&inner);
  skip_blanks(&inner);
  if (*inner.at != '\0') failed(&inner, "syntax error");
  evaluation->has_failed |= inner.has_failed;
  return result;
}

static int64_t assign(struct evaluation *evaluation, const char *name, int64_t value) {
  if (evaluation->is_skipped || evaluation->has_failed) return value;
  struct text text = {0};
  text_number(&text, value);
  if (!variable_set(name, text_end(&text))) {
    shell.unwind = unwind_error;
    evaluation->has_failed = true;
  }
  text_free(&text);
  return value;
}

static int64_t divide(struct evaluation *evaluation, int64_t left, int64_t right, bool is_rest) {
  if (right == 0) return evaluation->is_skipped ? 0 : failed(evaluation, "division by zero");
  if (right == -1) return is_rest ? 0 : (int64_t)(0 - (uint64_t)left);
  return is_rest ? left % right : left / right;
}

static int64_t operate(struct evaluation *evaluation, int operator, int64_t left, int64_t right) {
  switch (operator) {
    case '*': return (int64_t)((uint64_t)left * (uint64_t)right);
    case '/': return divide(evaluation, left, right, false);
    case '%': return divide(evaluation, left, right, true);
    case '+': return (int64_t)((uint64_t)left + (uint64_t)right);
    case '-': return (int64_t)((uint64_t)left - (uint64_t)right);
    case 'l': return (int64_t)((uint64_t)left << (right & 63));
    case 'r': return left >> (right & 63);
    case '<': return left < right;
    case '>': return left > right;
    case 'L': return left <= right;
    case 'G': return left >= right;
    case '=': return left == right;
    case '!': return left != right;
    case '&': return left & right;
    case '^': return left ^ right;
    default: return left | right;
  }
}

// Of two characters first. An operator that is an assignment's beginning is none.
static const struct operator {
  const char *text;
  char code;
  uint8_t level;
} operators[] = {
    {"<<", 'l', 8}, {">>", 'r', 8}, {"<=", 'L', 7}, {">=", 'G', 7}, {"==", '=', 6}, {"!=", '!', 6}, {"&&", 'A', 2}, {"||", 'O', 1},
    {"*", '*', 10}, {"/", '/', 10}, {"%", '%', 10}, {"+", '+', 9},  {"-", '-', 9},  {"<", '<', 7},  {">", '>', 7},  {"&", '&', 5},
    {"^", '^', 4},  {"|", '|', 3},
};
enum { operator_count = sizeof operators / sizeof *operators };

static const struct operator *find_operator(struct evaluation *evaluation) {
  skip_blanks(evaluation);
  for (int index = 0; index < operator_count; index++) {
    if (strncmp(evaluation->at, operators[index].text, strlen(operators[index].text)) == 0) return &operators[index];
  }
  return NULL;
}

static int64_t ternary(struct evaluation *evaluation);

static int64_t variable(struct evaluation *evaluation) {
  size_t size = name_size(evaluation->at);
  char *name = region_copy(&scratch, evaluation->at, size);
  evaluation->at += size;
  skip_blanks(evaluation);
  const char *at = evaluation->at;
  if ((at[0] == '+' && at[1] == '+') || (at[0] == '-' && at[1] == '-')) {
    evaluation->at += 2;
    int64_t value = value_of_name(evaluation, name);
    assign(evaluation, name, value + (at[0] == '+' ? 1 : -1));
    return value;
  }
  if (at[0] == '=' && at[1] != '=') {
    evaluation->at++;
    return assign(evaluation, name, ternary(evaluation));
  }
  const struct operator *operator = find_operator(evaluation);
  size_t length = operator == NULL ? 0 : strlen(operator->text);
  bool is_comparison = operator != NULL && (operator->level == 6 || operator->level == 7);
  if (length == 0 || is_comparison || at[length] != '=' || at[length + 1] == '=') return value_of_name(evaluation, name);
  evaluation->at += length + 1;
  int64_t value = value_of_name(evaluation, name);
  return assign(evaluation, name, operate(evaluation, operator->code, value, ternary(evaluation)));
}

static int64_t step(struct evaluation *evaluation, int by) {
  skip_blanks(evaluation);
  size_t size = name_size(evaluation->at);
  if (size == 0) return failed(evaluation, "syntax error");
  char *name = region_copy(&scratch, evaluation->at, size);
  evaluation->at += size;
  return assign(evaluation, name, value_of_name(evaluation, name) + by);
}

static int64_t primary(struct evaluation *evaluation) {
  if (take_text(evaluation, "(")) {
    int64_t value = comma(evaluation);
    if (!take_text(evaluation, ")")) return failed(evaluation, "expecting ')'");
    return value;
  }
  if (*evaluation->at >= '0' && *evaluation->at <= '9') return number(evaluation);
  if (is_name_start((unsigned char)*evaluation->at)) return variable(evaluation);
  return failed(evaluation, "expecting primary");
}

static int64_t unary(struct evaluation *evaluation) {
  if (evaluation->depth >= deepest) return failed(evaluation, "nested too deeply");
  evaluation->depth++;
  int64_t value;
  if (take_text(evaluation, "++") && name_size(evaluation->at) > 0) value = step(evaluation, 1);
  else if (take_text(evaluation, "--") && name_size(evaluation->at) > 0) value = step(evaluation, -1);
  else if (take_text(evaluation, "+")) value = unary(evaluation);
  else if (take_text(evaluation, "-")) value = (int64_t)(0 - (uint64_t)unary(evaluation));
  else if (take_text(evaluation, "~")) value = ~unary(evaluation);
  else if (take_text(evaluation, "!")) value = !unary(evaluation);
  else value = primary(evaluation);
  evaluation->depth--;
  return value;
}

static int64_t binary(struct evaluation *evaluation, int least) {
  int64_t left = unary(evaluation);
  for (;;) {
    const struct operator *operator = find_operator(evaluation);
    if (operator == NULL || operator->level < least || evaluation->has_failed) return left;
    evaluation->at += strlen(operator->text);
    bool was_skipped = evaluation->is_skipped;
    if (operator->code == 'A') evaluation->is_skipped |= left == 0;
    if (operator->code == 'O') evaluation->is_skipped |= left != 0;
    int64_t right = binary(evaluation, operator->level + 1);
    evaluation->is_skipped = was_skipped;
    if (operator->code == 'A') left = left != 0 && right != 0;
    else if (operator->code == 'O') left = left != 0 || right != 0;
    else left = operate(evaluation, operator->code, left, right);
  }
}

static int64_t ternary(struct evaluation *evaluation) {
  int64_t condition = binary(evaluation, 1);
  if (!take_text(evaluation, "?")) return condition;
  bool was_skipped = evaluation->is_skipped;
  if (evaluation->depth >= deepest) return failed(evaluation, "nested too deeply");
  evaluation->depth++;
  evaluation->is_skipped = was_skipped || condition == 0;
  int64_t yes = comma(evaluation);
  if (!take_text(evaluation, ":")) return failed(evaluation, "expecting ':'");
  evaluation->is_skipped = was_skipped || condition != 0;
  int64_t no = ternary(evaluation);
  evaluation->is_skipped = was_skipped;
  evaluation->depth--;
  return condition != 0 ? yes : no;
}

static int64_t comma(struct evaluation *evaluation) {
  int64_t value = ternary(evaluation);
  while (take_text(evaluation, ",")) value = ternary(evaluation);
  return value;
}

bool evaluate(const char *expression, int64_t *result) {
  struct evaluation evaluation = {.at = expression};
  skip_blanks(&evaluation);
  *result = *evaluation.at == '\0' ? 0 : comma(&evaluation);
  skip_blanks(&evaluation);
  if (*evaluation.at != '\0') failed(&evaluation, "syntax error");
  return !evaluation.has_failed;
}
