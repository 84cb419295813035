/* awk: runs the tree. */

#include "run.h"
#include "input.h"
#include "sys.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEEPEST 400

/* Why statements end before their time. Functions are called in expressions, so that this is looked at behind each of those. */
enum flow { GO_ON, BREAK, CONTINUE, RETURN, NEXT, NEXT_FILE, EXIT };

/* What a function's parameter is: a value, or an array that may belong to who called. */
struct cell {
  struct value value;
  struct array *array, **global;
  struct cell *parent;
  bool owns;
};

static struct cell *frame;
static enum flow pending;
static struct value returned;
static int exit_code, depth, input_status;

static enum flow execute(const struct node *node);

static struct array *array_of_cell(struct cell *cell) {
  if (cell->array != NULL) return cell->array;
  if (cell->value.flags != 0) die(2, "a value is used as an array");
  if (cell->parent != NULL) return cell->array = array_of_cell(cell->parent);
  if (cell->global != NULL) {
    if (*cell->global == NULL) *cell->global = take(sizeof **cell->global);
    return cell->array = *cell->global;
  }
  cell->owns = true;
  return cell->array = take(sizeof *cell->array);
}

struct array *array_of(const struct node *node) {
  if (node->kind == N_LOCAL) return array_of_cell(frame + node->number);
  if (node->kind != N_VARIABLE) die(2, "an array is missing");
  struct variable *variable = awk.variables + node->number;
  if (variable->array == NULL) variable->array = take(sizeof *variable->array);
  return variable->array;
}

/* Several subscripts are one, with SUBSEP between. The caller frees it. */
static struct string *subscript(const struct node *list) {
  struct string *format = special_string(V_CONVFMT), *result;
  struct value first = evaluate(list);
  result = to_string(&first, format->bytes);
  value_free(&first);
  if (list->next != NULL) {
    struct text text = {0};
    struct string *separator = special_string(V_SUBSEP);
    text_add(&text, result->bytes, result->length);
    for (const struct node *each = list->next; each != NULL; each = each->next) {
      struct string *part = evaluate_string(each);
      text_add(&text, separator->bytes, separator->length);
      text_add(&text, part->bytes, part->length);
      string_free(part);
    }
    string_free(result);
    string_free(separator);
    result = string_make(text.bytes, text.length);
    free(text.bytes);
  }
  string_free(format);
  return result;
}

void assign(const struct node *target, struct value value) {
  struct string *key;
  struct entry *entry;
  switch (target->kind) {
  case N_VARIABLE:
    if (awk.variables[target->number].array != NULL) die(2, "the array %s is used as a value", awk.variables[target->number].name);
    /* The record is split first, which sets NF as well. */
    if (target->number == V_NF) need_fields();
    value_free(&awk.variables[target->number].value);
    awk.variables[target->number].value = value;
    if (target->number == V_NF) field_count_set();
    return;
  case N_LOCAL:
    value_free(&frame[target->number].value);
    frame[target->number].value = value;
    return;
  case N_FIELD: set_field(evaluate_number(target->a), value); return;
  default:
    key = subscript(target->b);
    entry = array_find(array_of(target->a), key, true);
    value_free(&entry->value);
    entry->value = value;
    string_free(key);
  }
}

struct string *evaluate_string(const struct node *node) {
  struct value value = evaluate(node);
  struct string *format = special_string(V_CONVFMT), *string = to_string(&value, format->bytes);
  string_free(format);
  value_free(&value);
  return string;
}

double evaluate_number(const struct node *node) {
  struct value value = evaluate(node);
  double number = to_number(&value);
  value_free(&value);
  return number;
}

static bool evaluate_truth(const struct node *node) {
  struct value value = evaluate(node);
  bool truth = is_true(&value);
  value_free(&value);
  return truth;
}

struct regex *regex_of(const struct node *node) {
  /* The last few that were made of text are kept. */
  static struct {
    struct string *text;
    struct regex *regex;
  } made[16];
  static int next;
  if (node->kind == N_REGEX) return node->regex;
  struct string *text = evaluate_string(node);
  for (int index = 0; index < 16; index++) {
    if (made[index].text == NULL || made[index].text->length != text->length || memcmp(made[index].text->bytes, text->bytes, text->length) != 0) continue;
    string_free(text);
    return made[index].regex;
  }
  const char *error;
  next = (next + 1) % 16;
  string_free(made[next].text);
  regex_free(made[next].regex);
  made[next].text = text;
  made[next].regex = regex_compile(text->bytes, text->length, REGEX_EXTENDED, &error);
  if (made[next].regex == NULL) die(2, "%s: /%s/", error, text->bytes);
  return made[next].regex;
}

static bool matches(const struct node *text_node, const struct node *regex_node) {
  struct string *text = evaluate_string(text_node);
  bool found = regex_search(regex_of(regex_node), text->bytes, text->length, 0, NULL, 0);
  string_free(text);
  return found;
}

static double calculate(int operation, double a, double b) {
  if ((operation == '/' || operation == '%') && b == 0) die(2, "division by zero");
  switch (operation) {
  case '+': return a + b;
  case '-': return a - b;
  case '*': return a * b;
  case '/': return a / b;
  case '%': return fmod(a, b);
  default: return pow(a, b);
  }
}

static bool compare(const struct node *node) {
  struct value a = evaluate(node->a), b = evaluate(node->b);
  double order;
  if (is_numeric(&a) && is_numeric(&b)) {
    double first = to_number(&a), second = to_number(&b);
    order = first < second ? -1 : first > second;
    if (isnan(first) || isnan(second)) order = 2;
  } else {
    struct string *format = special_string(V_CONVFMT), *first = to_string(&a, format->bytes), *second = to_string(&b, format->bytes);
    int result = memcmp(first->bytes, second->bytes, first->length < second->length ? first->length : second->length);
    order = result != 0 ? result : (double)first->length - (double)second->length;
    string_free(first);
    string_free(second);
    string_free(format);
  }
  value_free(&a);
  value_free(&b);
  switch (node->operation) {
  case 'l': return order < 0;
  case 'L': return order <= 0;
  case '=': return order == 0;
  case '!': return order != 0;
  case 'g': return order > 0;
  default: return order >= 0;
  }
}

static struct value concatenate(const struct node *node) {
  struct string *a = evaluate_string(node->a), *b = evaluate_string(node->b);
  struct string *joined = take_more(NULL, sizeof *joined + a->length + b->length + 1);
  joined->uses = 1;
  joined->length = a->length + b->length;
  memcpy(joined->bytes, a->bytes, a->length);
  memcpy(joined->bytes + a->length, b->bytes, b->length + 1);
  string_free(a);
  string_free(b);
  return string_value(joined);
}

static struct value evaluate_assignment(const struct node *node) {
  struct value value = node->operation == '=' ? evaluate(node->b) : number_value(0);
  if (node->operation != '=') {
    double right = evaluate_number(node->b), left = evaluate_number(node->a);
    value = number_value(calculate(node->operation, left, right));
  }
  assign(node->a, value_copy(value));
  return value;
}

static struct value evaluate_step(const struct node *node, bool before) {
  double number = evaluate_number(node->a);
  assign(node->a, number_value(number + node->operation));
  return number_value(before ? number + node->operation : number);
}

static struct value evaluate_getline(const struct node *node) {
  struct text record = {0};
  int got;
  if (node->a != NULL || node->c != NULL) {
    struct string *name = evaluate_string(node->a != NULL ? node->a : node->c);
    got = read_from(name->bytes, node->a != NULL, &record);
    string_free(name);
    if (got > 0 && node->a != NULL) set_special(V_NR, number_value(to_number(&awk.variables[V_NR].value) + 1));
  } else got = read_main(&record, &input_status);
  if (got > 0 && node->b != NULL) assign(node->b, input_value(record.bytes, record.length));
  else if (got > 0) {
    set_record(record.bytes, record.length);
  }
  free(record.bytes);
  return number_value(got);
}

static struct value call_function(const struct node *node) {
  const struct function *function = awk.functions + node->number;
  struct cell *cells = take(sizeof *cells * (size_t)(function->parameters + 1));
  int count = 0;
  if (++depth > DEEPEST) die(2, "function %s calls itself too often", function->name);
  for (const struct node *each = node->a; each != NULL; each = each->next, count++) {
    if (count >= function->parameters) die(2, "function %s has %d parameters", function->name, function->parameters);
    struct cell *cell = cells + count;
    if (each->kind == N_VARIABLE) {
      cell->array = awk.variables[each->number].array;
      if (cell->array == NULL && awk.variables[each->number].value.flags == 0) cell->global = &awk.variables[each->number].array;
    } else if (each->kind == N_LOCAL) {
      cell->array = frame[each->number].array;
      if (cell->array == NULL && frame[each->number].value.flags == 0) cell->parent = frame + each->number;
    }
    if (cell->array == NULL) cell->value = evaluate(each);
  }
  struct cell *former = frame;
  frame = cells;
  execute(function->body);
  frame = former;
  if (pending == RETURN) pending = GO_ON;
  for (int index = 0; index < function->parameters; index++) {
    value_free(&cells[index].value);
    if (!cells[index].owns) continue;
    array_clear(cells[index].array);
    free(cells[index].array);
  }
  free(cells);
  depth--;
  struct value result = returned;
  returned = (struct value){0};
  return result;
}

struct value evaluate(const struct node *node) {
  struct string *key;
  struct value value;
  switch (node->kind) {
  case N_NUMBER: return number_value(node->value);
  case N_STRING: node->text->uses++; return string_value(node->text);
  case N_REGEX: {
    struct value record = get_field(0);
    struct string *text = to_string(&record, "%.6g");
    bool found = regex_search(node->regex, text->bytes, text->length, 0, NULL, 0);
    string_free(text);
    value_free(&record);
    return number_value(found);
  }
  case N_VARIABLE:
    if (node->number == V_NF) need_fields();
    return value_copy(awk.variables[node->number].value);
  case N_LOCAL: return value_copy(frame[node->number].value);
  case N_FIELD: return get_field(evaluate_number(node->a));
  case N_INDEX:
    key = subscript(node->b);
    value = value_copy(array_find(array_of(node->a), key, true)->value);
    string_free(key);
    return value;
  case N_ASSIGN: return evaluate_assignment(node);
  case N_CONDITION: return evaluate(evaluate_truth(node->a) ? node->b : node->c);
  case N_OR: return number_value(evaluate_truth(node->a) || evaluate_truth(node->b));
  case N_AND: return number_value(evaluate_truth(node->a) && evaluate_truth(node->b));
  case N_IN: {
    key = subscript(node->a);
    bool there = array_find(array_of(node->b), key, false) != NULL;
    string_free(key);
    return number_value(there);
  }
  case N_MATCH: return number_value(matches(node->a, node->b));
  case N_NO_MATCH: return number_value(!matches(node->a, node->b));
  case N_COMPARE: return number_value(compare(node));
  case N_CONCAT: return concatenate(node);
  case N_BINARY: {
    double a = evaluate_number(node->a);
    return number_value(calculate(node->operation, a, evaluate_number(node->b)));
  }
  case N_NOT: return number_value(!evaluate_truth(node->a));
  case N_MINUS: return number_value(-evaluate_number(node->a));
  case N_PLUS: return number_value(evaluate_number(node->a));
  case N_BEFORE: return evaluate_step(node, true);
  case N_AFTER: return evaluate_step(node, false);
  case N_CALL: return call_function(node);
  case N_BUILTIN: return call_builtin(node);
  case N_GETLINE: return evaluate_getline(node);
  case N_GROUP: return evaluate(node->a);
  default: die(2, "this is no expression");
  }
}

static FILE *output_of(const struct node *node) {
  if (node->b == NULL) return stdout;
  struct string *name = evaluate_string(node->b);
  FILE *output = output_stream(name->bytes, node->operation);
  string_free(name);
  return output;
}

static void print(const struct node *node) {
  struct string *format = special_string(V_OFMT), *between = special_string(V_OFS), *end = special_string(V_ORS);
  struct text line = {0};
  text_clear(&line);
  for (const struct node *each = node->a; each != NULL; each = each->next) {
    struct value value = evaluate(each);
    struct string *text = to_string(&value, format->bytes);
    text_add(&line, text->bytes, text->length);
    if (each->next != NULL) text_add(&line, between->bytes, between->length);
    string_free(text);
    value_free(&value);
  }
  if (node->a == NULL) {
    struct value record = get_field(0);
    struct string *text = to_string(&record, "%.6g");
    text_add(&line, text->bytes, text->length);
    string_free(text);
    value_free(&record);
  }
  text_add(&line, end->bytes, end->length);
  FILE *output = output_of(node);
  fwrite(line.bytes, 1, line.length, output);
  if (output == stderr) fflush(output);
  free(line.bytes);
  string_free(format);
  string_free(between);
  string_free(end);
}

static void print_formatted(const struct node *node) {
  struct node call = {.kind = N_BUILTIN, .operation = B_SPRINTF, .a = node->a};
  struct value value = call_builtin(&call);
  FILE *output = output_of(node);
  fwrite(value.string->bytes, 1, value.string->length, output);
  value_free(&value);
}

/* Loops end for `break` and all that goes further; `continue` ends one turn. @returns whether it goes on */
static bool goes_on(enum flow flow) {
  if (flow == GO_ON) return true;
  if (flow == CONTINUE || flow == BREAK) pending = GO_ON;
  return flow == CONTINUE;
}

static void loop_in(const struct node *node) {
  struct array *array = array_of(node->b);
  size_t count = 0;
  struct string **keys = take(sizeof *keys * (array->count + 1));
  for (size_t bucket = 0; bucket < array->room; bucket++) {
    for (struct entry *entry = array->buckets[bucket]; entry != NULL; entry = entry->next) {
      entry->key->uses++;
      keys[count++] = entry->key;
    }
  }
  bool more = true;
  for (size_t index = 0; index < count; index++) {
    if (more) {
      assign(node->a, input_value(keys[index]->bytes, keys[index]->length));
      more = goes_on(execute(node->c));
    }
    string_free(keys[index]);
  }
  free(keys);
}

static void delete(const struct node *target) {
  if (target->kind != N_INDEX) {
    array_clear(array_of(target));
    return;
  }
  struct string *key = subscript(target->b);
  array_remove(array_of(target->a), key);
  string_free(key);
}

static enum flow execute(const struct node *node) {
  struct value value;
  switch (node->kind) {
  case N_BLOCK:
    for (const struct node *each = node->a; each != NULL && pending == GO_ON; each = each->next) execute(each);
    break;
  case N_EXPRESSION:
    value = evaluate(node->a);
    value_free(&value);
    break;
  case N_PRINT: print(node); break;
  case N_PRINTF: print_formatted(node); break;
  case N_IF:
    if (evaluate_truth(node->a)) {
      if (pending == GO_ON) execute(node->b);
    } else if (node->c != NULL && pending == GO_ON) execute(node->c);
    break;
  case N_WHILE:
    while (evaluate_truth(node->a) && pending == GO_ON && goes_on(execute(node->b))) continue;
    break;
  case N_DO:
    while (goes_on(execute(node->b)) && evaluate_truth(node->a) && pending == GO_ON) continue;
    break;
  case N_FOR:
    if (node->a != NULL) execute(node->a);
    while (pending == GO_ON && (node->b == NULL || evaluate_truth(node->b)) && goes_on(execute(node->d))) {
      if (node->c != NULL) execute(node->c);
    }
    break;
  case N_FOR_IN: loop_in(node); break;
  case N_BREAK: pending = BREAK; break;
  case N_CONTINUE: pending = CONTINUE; break;
  case N_NEXT: pending = NEXT; break;
  case N_NEXTFILE: pending = NEXT_FILE; break;
  case N_EXIT:
    if (node->a != NULL) exit_code = (int)evaluate_number(node->a) & 255;
    pending = EXIT;
    break;
  case N_RETURN:
    value = node->a != NULL ? evaluate(node->a) : (struct value){0};
    value_free(&returned);
    returned = value;
    pending = RETURN;
    break;
  case N_DELETE: delete (node->a); break;
  default: die(2, "this is no statement");
  }
  return pending;
}

static bool selects(struct rule *rule) {
  if (rule->pattern == NULL) return true;
  if (rule->last == NULL) return evaluate_truth(rule->pattern);
  if (!rule->active) {
    if (!evaluate_truth(rule->pattern)) return false;
    rule->active = true;
  }
  if (evaluate_truth(rule->last)) rule->active = false;
  return true;
}

static void run_kind(char kind) {
  for (size_t index = 0; index < awk.rule_count && pending == GO_ON; index++) {
    if (awk.rules[index].kind == kind) execute(awk.rules[index].body);
  }
}

static bool has_kind(char kind) {
  for (size_t index = 0; index < awk.rule_count; index++) {
    if (awk.rules[index].kind == kind) return true;
  }
  return false;
}

static void run_records(void) {
  static const struct node whole = {.kind = N_PRINT};
  struct text record = {0};
  while (pending == GO_ON && read_main(&record, &input_status) > 0) {
    set_record(record.bytes, record.length);
    for (size_t index = 0; index < awk.rule_count && pending == GO_ON; index++) {
      struct rule *rule = awk.rules + index;
      if (rule->kind == 0 && selects(rule) && pending == GO_ON) execute(rule->body == NULL ? &whole : rule->body);
    }
    if (pending == NEXT_FILE) skip_file();
    if (pending != EXIT) pending = GO_ON;
  }
  free(record.bytes);
}

int awk_run(void) {
  run_kind('B');
  if (pending != EXIT && (has_kind(0) || has_kind('E'))) run_records();
  /* `exit` leads to END, from BEGIN as well. */
  pending = GO_ON;
  run_kind('E');
  close_all();
  return exit_code != 0 ? exit_code : input_status;
}
