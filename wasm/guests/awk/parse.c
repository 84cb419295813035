/* awk: from text to a tree. */

#include "awk.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct awk_program awk;

enum token {
  T_END = 256, T_NEWLINE, T_NUMBER, T_STRING, T_REGEX, T_NAME, T_CALL, T_BUILTIN, T_BEGIN, T_END_RULE, T_FUNCTION, T_IF, T_ELSE, T_WHILE, T_FOR, T_DO, T_BREAK,
  T_CONTINUE, T_NEXT, T_NEXTFILE, T_EXIT, T_RETURN, T_DELETE, T_IN, T_GETLINE, T_PRINT, T_PRINTF, T_AND, T_OR, T_APPEND, T_INCREMENT, T_DECREMENT, T_LE, T_GE, T_EQ, T_NE,
  T_NO_MATCH, T_ADD_ASSIGN, T_SUB_ASSIGN, T_MUL_ASSIGN, T_DIV_ASSIGN, T_MOD_ASSIGN, T_POW_ASSIGN
};

static const char *at, *line_begin;
static int token, line_number = 1, depth;
static bool after_operand; /* a slash divides then, and begins no expression */
static double token_number;
static struct text token_text;
static int token_builtin;
static char **locals;
static int local_count;
static bool no_in, no_greater;

_Noreturn static void fault(const char *what) { die(2, "line %d: %s near %.20s", line_number, what, line_begin); }

static const struct {
  const char *word;
  int token, builtin;
} words[] = {{"BEGIN", T_BEGIN, 0}, {"END", T_END_RULE, 0}, {"function", T_FUNCTION, 0}, {"func", T_FUNCTION, 0}, {"if", T_IF, 0}, {"else", T_ELSE, 0}, {"while", T_WHILE, 0},
             {"for", T_FOR, 0}, {"do", T_DO, 0}, {"break", T_BREAK, 0}, {"continue", T_CONTINUE, 0}, {"next", T_NEXT, 0}, {"nextfile", T_NEXTFILE, 0}, {"exit", T_EXIT, 0},
             {"return", T_RETURN, 0}, {"delete", T_DELETE, 0}, {"in", T_IN, 0}, {"getline", T_GETLINE, 0}, {"print", T_PRINT, 0}, {"printf", T_PRINTF, 0},
             {"length", T_BUILTIN, B_LENGTH}, {"substr", T_BUILTIN, B_SUBSTR}, {"index", T_BUILTIN, B_INDEX}, {"split", T_BUILTIN, B_SPLIT}, {"sub", T_BUILTIN, B_SUB},
             {"gsub", T_BUILTIN, B_GSUB}, {"match", T_BUILTIN, B_MATCH}, {"sprintf", T_BUILTIN, B_SPRINTF}, {"sin", T_BUILTIN, B_SIN}, {"cos", T_BUILTIN, B_COS},
             {"atan2", T_BUILTIN, B_ATAN2}, {"exp", T_BUILTIN, B_EXP}, {"log", T_BUILTIN, B_LOG}, {"sqrt", T_BUILTIN, B_SQRT}, {"int", T_BUILTIN, B_INT}, {"rand", T_BUILTIN, B_RAND},
             {"srand", T_BUILTIN, B_SRAND}, {"tolower", T_BUILTIN, B_TOLOWER}, {"toupper", T_BUILTIN, B_TOUPPER}, {"system", T_BUILTIN, B_SYSTEM}, {"close", T_BUILTIN, B_CLOSE},
             {"fflush", T_BUILTIN, B_FFLUSH}};

struct string *awk_unescape(const char *bytes, size_t length) {
  static const char from[] = "abfnrtv\\\"/", to[] = "\a\b\f\n\r\t\v\\\"/";
  struct text out = {0};
  text_clear(&out);
  for (size_t place = 0; place < length; place++) {
    if (bytes[place] != '\\' || place + 1 == length) {
      text_char(&out, bytes[place]);
      continue;
    }
    char next = bytes[++place];
    const char *known = strchr(from, next);
    if (known != NULL) text_char(&out, to[known - from]);
    else if (next >= '0' && next <= '7') {
      int value = 0;
      for (int digits = 0; digits < 3 && place < length && bytes[place] >= '0' && bytes[place] <= '7'; digits++) value = value * 8 + bytes[place++] - '0';
      place--;
      text_char(&out, value & 255);
    } else {
      text_char(&out, '\\');
      text_char(&out, next);
    }
  }
  struct string *string = string_make(out.bytes, out.length);
  free(out.bytes);
  return string;
}

static int scan_string(void) {
  const char *begin = ++at;
  for (; *at != '"'; at++) {
    if (*at == 0 || *at == '\n') fault("a string without an end");
    if (*at == '\\' && at[1] != 0) at++;
  }
  struct string *string = awk_unescape(begin, (size_t)(at - begin));
  text_clear(&token_text);
  text_add(&token_text, string->bytes, string->length);
  string_free(string);
  at++;
  return T_STRING;
}

static int scan_regex(void) {
  text_clear(&token_text);
  bool bracket = false;
  for (at++; *at != '/' || bracket; at++) {
    if (*at == 0 || *at == '\n') fault("a regular expression without an end");
    if (*at == '\\' && at[1] != 0) {
      if (at[1] == '/') at++;
      else text_char(&token_text, *at++);
    } else if (*at == '[' && !bracket) {
      bracket = true;
      if (at[1] == '^') text_char(&token_text, *at++);
      if (at[1] == ']') text_char(&token_text, *at++);
    } else if (*at == ']') bracket = false;
    text_char(&token_text, *at);
  }
  at++;
  return T_REGEX;
}

static int scan_word(void) {
  const char *begin = at;
  while (isalnum((unsigned char)*at) || *at == '_') at++;
  text_clear(&token_text);
  text_add(&token_text, begin, (size_t)(at - begin));
  for (size_t index = 0; index < sizeof words / sizeof *words; index++) {
    if (strcmp(words[index].word, token_text.bytes) != 0) continue;
    token_builtin = words[index].builtin;
    return words[index].token;
  }
  return *at == '(' ? T_CALL : T_NAME;
}

static int scan_operator(void) {
  static const struct {
    const char *text;
    int token;
  } operators[] = {{"**=", T_POW_ASSIGN}, {"&&", T_AND}, {"||", T_OR}, {">>", T_APPEND}, {"++", T_INCREMENT}, {"--", T_DECREMENT}, {"<=", T_LE}, {">=", T_GE}, {"==", T_EQ},
                   {"!=", T_NE}, {"!~", T_NO_MATCH}, {"+=", T_ADD_ASSIGN}, {"-=", T_SUB_ASSIGN}, {"*=", T_MUL_ASSIGN}, {"/=", T_DIV_ASSIGN}, {"%=", T_MOD_ASSIGN}, {"^=", T_POW_ASSIGN}, {"**", '^'}};
  for (size_t index = 0; index < sizeof operators / sizeof *operators; index++) {
    size_t length = strlen(operators[index].text);
    if (strncmp(at, operators[index].text, length) != 0) continue;
    at += length;
    return operators[index].token;
  }
  if (strchr("{}()[];,+-*/%^!<>|?:~$=", *at) == NULL) fault("an unknown character");
  return *at++;
}

static void advance(void) {
  for (;;) {
    while (*at == ' ' || *at == '\t' || *at == '\r') at++;
    if (*at == '\\' && at[1] == '\n') at += 2, line_number++;
    else if (*at == '#') while (*at != 0 && *at != '\n') at++;
    else break;
  }
  line_begin = at;
  if (*at == 0) token = T_END;
  else if (*at == '\n') {
    token = T_NEWLINE;
    at++;
    line_number++;
  } else if (*at == '"') token = scan_string();
  else if (*at == '/' && !after_operand) token = scan_regex();
  else if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]))) {
    char *end;
    token_number = strtod(at, &end);
    at = end;
    token = T_NUMBER;
  } else if (isalpha((unsigned char)*at) || *at == '_') token = scan_word();
  else token = scan_operator();
  after_operand = token == T_NUMBER || token == T_STRING || token == T_NAME || token == ')' || token == ']' || token == '$' || token == T_INCREMENT || token == T_DECREMENT || (token == T_BUILTIN && token_builtin == B_LENGTH);
}

static void expect(int wanted, const char *what) {
  if (token != wanted) fault(what);
  advance();
}

static void skip_newlines(void) {
  while (token == T_NEWLINE) advance();
}

static void skip_ends(void) {
  while (token == T_NEWLINE || token == ';') advance();
}

static struct node *make(enum node_kind kind, struct node *a, struct node *b) {
  struct node *node = take(sizeof *node);
  node->kind = kind;
  node->a = a;
  node->b = b;
  return node;
}

int awk_variable(const char *name) {
  for (int index = 0; index < awk.variable_count; index++) {
    if (strcmp(awk.variables[index].name, name) == 0) return index;
  }
  awk.variables = take_more(awk.variables, (size_t)(awk.variable_count + 1) * sizeof *awk.variables);
  awk.variables[awk.variable_count] = (struct variable){.name = take_copy(name)};
  return awk.variable_count++;
}

static int function_number(const char *name) {
  for (int index = 0; index < awk.function_count; index++) {
    if (strcmp(awk.functions[index].name, name) == 0) return index;
  }
  awk.functions = take_more(awk.functions, (size_t)(awk.function_count + 1) * sizeof *awk.functions);
  awk.functions[awk.function_count] = (struct function){.name = take_copy(name)};
  return awk.function_count++;
}

static struct node *expression(void);
static struct node *ternary(void);
static struct node *unary(void);

static struct node *list(int end) {
  struct node *first = NULL, **place = &first;
  skip_newlines();
  while (token != end) {
    *place = expression();
    place = &(*place)->next;
    skip_newlines();
    if (token != ',') break;
    advance();
    skip_newlines();
  }
  return first;
}

/* Inside of parentheses `in` and `>` are what they are elsewhere. */
static struct node *free_list(int end) {
  bool in = no_in, greater = no_greater;
  no_in = no_greater = false;
  struct node *result = list(end);
  no_in = in;
  no_greater = greater;
  return result;
}

static struct node *name_node(void) {
  struct node *node = NULL;
  for (int index = 0; index < local_count && node == NULL; index++) {
    if (strcmp(locals[index], token_text.bytes) != 0) continue;
    node = make(N_LOCAL, NULL, NULL);
    node->number = index;
  }
  if (node == NULL) {
    node = make(N_VARIABLE, NULL, NULL);
    node->number = awk_variable(token_text.bytes);
  }
  advance();
  if (token != '[') return node;
  advance();
  struct node *index = make(N_INDEX, node, free_list(']'));
  expect(']', "a ] is missing");
  return index;
}

static struct node *call(enum node_kind kind, int number) {
  struct node *node = make(kind, NULL, NULL);
  node->number = node->operation = number;
  advance();
  if (token != '(') return node;
  advance();
  node->a = free_list(')');
  expect(')', "a ) is missing");
  return node;
}

static bool is_lvalue(const struct node *node) { return node->kind == N_VARIABLE || node->kind == N_LOCAL || node->kind == N_FIELD || node->kind == N_INDEX; }

/* getline [VARIABLE] [< FILE]; `command` is what stands before a bar. */
static struct node *getline_node(struct node *command) {
  struct node *node = make(N_GETLINE, command, NULL);
  advance();
  if (token == T_NAME) node->b = name_node();
  else if (token == '$') node->b = unary();
  if (command == NULL && token == '<') {
    advance();
    bool greater = no_greater;
    node->c = unary();
    no_greater = greater;
  }
  return node;
}

static struct node *grouped(void) {
  advance();
  struct node *inner = free_list(')');
  expect(')', "a ) is missing");
  if (inner == NULL) fault("nothing between ( and )");
  if (inner->next != NULL) {
    if (token == T_IN) {
      advance();
      struct node *node = make(N_IN, inner, name_node());
      return node;
    }
    return make(N_GROUP, inner, NULL);
  }
  return make(N_GROUP, inner, NULL);
}

static struct node *primary(void) {
  struct node *node;
  switch (token) {
  case T_NUMBER:
    node = make(N_NUMBER, NULL, NULL);
    node->value = token_number;
    advance();
    return node;
  case T_STRING:
    node = make(N_STRING, NULL, NULL);
    node->text = string_make(token_text.bytes, token_text.length);
    advance();
    return node;
  case T_REGEX: {
    const char *error;
    node = make(N_REGEX, NULL, NULL);
    node->regex = regex_compile(token_text.bytes, token_text.length, REGEX_EXTENDED, &error);
    if (node->regex == NULL) fault(error);
    after_operand = true;
    advance();
    return node;
  }
  case '$':
    advance();
    if (token == T_INCREMENT || token == T_DECREMENT || token == '-' || token == '+' || token == '!') return make(N_FIELD, unary(), NULL);
    return make(N_FIELD, primary(), NULL);
  case '(': return grouped();
  case T_NAME: return name_node();
  case T_CALL: return call(N_CALL, function_number(token_text.bytes));
  case T_BUILTIN: return call(N_BUILTIN, token_builtin);
  case T_GETLINE: return getline_node(NULL);
  default: fault("unexpected text");
  }
}

static struct node *postfix(void) {
  struct node *node = primary();
  if ((token == T_INCREMENT || token == T_DECREMENT) && is_lvalue(node)) {
    node = make(N_AFTER, node, NULL);
    node->operation = token == T_INCREMENT ? 1 : -1;
    advance();
  }
  return node;
}

static struct node *power(void) {
  struct node *node = postfix();
  if (token != '^') return node;
  advance();
  /* To the right first, with a minus allowed: 2^-3^2. */
  struct node *right = token == '-' || token == '+' || token == '!' ? unary() : power();
  node = make(N_BINARY, node, right);
  node->operation = '^';
  return node;
}

static struct node *unary(void) {
  if (++depth > 250) fault("too deep");
  struct node *node;
  int operation = token;
  if (operation == '!' || operation == '-' || operation == '+') {
    after_operand = false;
    advance();
    node = make(operation == '!' ? N_NOT : operation == '-' ? N_MINUS : N_PLUS, unary(), NULL);
  } else if (operation == T_INCREMENT || operation == T_DECREMENT) {
    after_operand = false;
    advance();
    node = make(N_BEFORE, unary(), NULL);
    node->operation = operation == T_INCREMENT ? 1 : -1;
    if (!is_lvalue(node->a)) fault("++ and -- need a variable");
  } else node = power();
  depth--;
  return node;
}

static struct node *binary(const char *operators, struct node *(*next)(void)) {
  struct node *node = next();
  while (token < 256 && token != 0 && strchr(operators, token) != NULL) {
    int operation = token;
    advance();
    node = make(N_BINARY, node, next());
    node->operation = operation;
  }
  return node;
}

static struct node *product(void) { return binary("*/%", unary); }
static struct node *sum(void) { return binary("+-", product); }

static bool begins_operand(void) {
  return token == T_NUMBER || token == T_STRING || token == T_NAME || token == T_CALL || token == T_BUILTIN || token == '$' || token == '!' || token == '(' || token == '-' || token == '+' ||
         token == T_INCREMENT || token == T_DECREMENT;
}

static struct node *concatenation(void) {
  struct node *node = sum();
  while (begins_operand() && !(token == T_IN)) node = make(N_CONCAT, node, sum());
  return node;
}

static struct node *piped(void) {
  struct node *node = concatenation();
  while (token == '|') {
    const char *rest = at;
    while (*rest == ' ' || *rest == '\t') rest++;
    if (strncmp(rest, "getline", 7) != 0) break;
    advance();
    node = getline_node(node);
  }
  return node;
}

static struct node *comparison(void) {
  struct node *node = piped();
  while (token == '<' || token == T_LE || token == T_EQ || token == T_NE || token == T_GE || (token == '>' && !no_greater)) {
    int operation = token == '<' ? 'l' : token == T_LE ? 'L' : token == T_EQ ? '=' : token == T_NE ? '!' : token == '>' ? 'g' : 'G';
    advance();
    node = make(N_COMPARE, node, piped());
    node->operation = operation;
  }
  return node;
}

static struct node *matching(void) {
  struct node *node = comparison();
  while (token == '~' || token == T_NO_MATCH) {
    enum node_kind kind = token == '~' ? N_MATCH : N_NO_MATCH;
    advance();
    node = make(kind, node, comparison());
  }
  return node;
}

static struct node *membership(void) {
  struct node *node = matching();
  while (token == T_IN && !no_in) {
    advance();
    if (token != T_NAME) fault("a name is missing behind in");
    node = make(N_IN, node, name_node());
  }
  return node;
}

static struct node *conjunction(void) {
  struct node *node = membership();
  while (token == T_AND) {
    advance();
    skip_newlines();
    node = make(N_AND, node, membership());
  }
  return node;
}

static struct node *disjunction(void) {
  struct node *node = conjunction();
  while (token == T_OR) {
    advance();
    skip_newlines();
    node = make(N_OR, node, conjunction());
  }
  return node;
}

static struct node *ternary(void) {
  struct node *node = disjunction();
  if (token != '?') return node;
  advance();
  skip_newlines();
  node = make(N_CONDITION, node, expression());
  skip_newlines();
  expect(':', "a : is missing");
  skip_newlines();
  node->c = expression();
  return node;
}

/* Assignments hold on to what stands directly before them, as in `!x = y` and `1 + x = y`; only the usual case is parsed: a variable first. */
static struct node *expression(void) {
  static const int tokens[] = {'=', T_ADD_ASSIGN, T_SUB_ASSIGN, T_MUL_ASSIGN, T_DIV_ASSIGN, T_MOD_ASSIGN, T_POW_ASSIGN};
  static const char operations[] = "=+-*/%^";
  if (++depth > 250) fault("too deep");
  struct node *node = ternary();
  for (size_t index = 0; index < 7; index++) {
    if (token != tokens[index]) continue;
    struct node **target = &node;
    /* The right end of what was parsed is what is assigned to. */
    while (!is_lvalue(*target) && ((*target)->kind == N_NOT || (*target)->kind == N_AND || (*target)->kind == N_OR || (*target)->kind == N_COMPARE || (*target)->kind == N_MATCH || (*target)->kind == N_CONCAT)) {
      target = (*target)->kind == N_NOT ? &(*target)->a : &(*target)->b;
    }
    if (!is_lvalue(*target)) fault("this cannot be assigned to");
    advance();
    skip_newlines();
    *target = make(N_ASSIGN, *target, expression());
    (*target)->operation = operations[index];
    break;
  }
  depth--;
  return node;
}

static struct node *statement(void);

static struct node *block(void) {
  struct node *node = make(N_BLOCK, NULL, NULL), **place = &node->a;
  expect('{', "a { is missing");
  for (skip_ends(); token != '}'; skip_ends()) {
    if (token == T_END) fault("a } is missing");
    *place = statement();
    place = &(*place)->next;
  }
  after_operand = false;
  advance();
  return node;
}

static struct node *print_statement(void) {
  struct node *node = make(token == T_PRINT ? N_PRINT : N_PRINTF, NULL, NULL);
  advance();
  no_greater = true;
  if (token != T_NEWLINE && token != ';' && token != '}' && token != '>' && token != '|' && token != T_APPEND && token != T_END) {
    struct node *first = expression();
    /* print (a, b) > file */
    if (first->kind == N_GROUP && first->a->next != NULL && token != ',') first = first->a;
    else {
      struct node **place = &first->next;
      while (token == ',') {
        advance();
        skip_newlines();
        *place = expression();
        place = &(*place)->next;
      }
    }
    node->a = first;
  }
  if (token == '>' || token == T_APPEND || token == '|') {
    node->operation = token == T_APPEND ? 'a' : token;
    advance();
    node->b = ternary();
  }
  no_greater = false;
  if (node->kind == N_PRINTF && node->a == NULL) fault("printf needs a format");
  return node;
}

static struct node *simple(void) {
  if (token == T_PRINT || token == T_PRINTF) return print_statement();
  if (token == T_DELETE) {
    advance();
    if (token != T_NAME) fault("a name is missing behind delete");
    return make(N_DELETE, name_node(), NULL);
  }
  return make(N_EXPRESSION, expression(), NULL);
}

static struct node *body(void) {
  skip_newlines();
  if (token != ';') return statement();
  advance();
  return make(N_BLOCK, NULL, NULL);
}

static struct node *for_statement(void) {
  advance();
  expect('(', "a ( is missing");
  struct node *first = NULL;
  if (token != ';') {
    no_in = true;
    first = simple();
    no_in = false;
    if (token == T_IN && first->kind == N_EXPRESSION && is_lvalue(first->a)) {
      advance();
      struct node *node = make(N_FOR_IN, first->a, name_node());
      expect(')', "a ) is missing");
      node->c = body();
      return node;
    }
  }
  struct node *node = make(N_FOR, first, NULL);
  expect(';', "a ; is missing");
  skip_newlines();
  if (token != ';') node->b = expression();
  expect(';', "a ; is missing");
  skip_newlines();
  if (token != ')') node->c = simple();
  after_operand = false;
  expect(')', "a ) is missing");
  node->d = body();
  return node;
}

static struct node *if_statement(void) {
  advance();
  expect('(', "a ( is missing");
  struct node *node = make(N_IF, expression(), NULL);
  after_operand = false;
  expect(')', "a ) is missing");
  node->b = body();
  /* An else may come behind newlines and semicolons, which belong to something else where there is none. */
  const char *saved = at;
  int saved_token = token, saved_line = line_number;
  skip_ends();
  if (token == T_ELSE) {
    advance();
    node->c = body();
  } else if (saved_token == T_NEWLINE || saved_token == ';') {
    at = saved;
    token = saved_token;
    line_number = saved_line;
    after_operand = false;
  }
  return node;
}

static struct node *with_value(enum node_kind kind) {
  advance();
  struct node *node = make(kind, NULL, NULL);
  if (token != T_NEWLINE && token != ';' && token != '}' && token != T_END) node->a = expression();
  return node;
}

static struct node *statement(void) {
  if (++depth > 250) fault("too deep");
  struct node *node;
  static const struct {
    int token;
    enum node_kind kind;
  } bare[] = {{T_BREAK, N_BREAK}, {T_CONTINUE, N_CONTINUE}, {T_NEXT, N_NEXT}, {T_NEXTFILE, N_NEXTFILE}};
  if (token == '{') node = block();
  else if (token == T_IF) node = if_statement();
  else if (token == T_FOR) node = for_statement();
  else if (token == T_WHILE) {
    advance();
    expect('(', "a ( is missing");
    node = make(N_WHILE, expression(), NULL);
    expect(')', "a ) is missing");
    node->b = body();
  } else if (token == T_DO) {
    advance();
    node = make(N_DO, NULL, body());
    skip_ends();
    expect(T_WHILE, "while is missing");
    expect('(', "a ( is missing");
    node->a = expression();
    expect(')', "a ) is missing");
  } else if (token == T_EXIT) node = with_value(N_EXIT);
  else if (token == T_RETURN) node = with_value(N_RETURN);
  else {
    size_t index = 0;
    while (index < 4 && bare[index].token != token) index++;
    if (index < 4) {
      node = make(bare[index].kind, NULL, NULL);
      advance();
    } else node = simple();
  }
  depth--;
  return node;
}

static void function_definition(void) {
  advance();
  if (token != T_NAME && token != T_CALL) fault("a name is missing behind function");
  int number = function_number(token_text.bytes), count = 0;
  advance();
  expect('(', "a ( is missing");
  char **names = NULL;
  while (token == T_NAME) {
    names = take_more(names, (size_t)(count + 1) * sizeof *names);
    names[count++] = take_copy(token_text.bytes);
    advance();
    skip_newlines();
    if (token != ',') break;
    advance();
    skip_newlines();
  }
  expect(')', "a ) is missing");
  skip_newlines();
  locals = names;
  local_count = count;
  awk.functions[number].parameters = count;
  awk.functions[number].defined = true;
  struct node *body_node = block();
  awk.functions[number].body = body_node;
  local_count = 0;
}

static void add_rule(void) {
  struct rule rule = {0};
  if (token == T_BEGIN || token == T_END_RULE) {
    rule.kind = token == T_BEGIN ? 'B' : 'E';
    advance();
  } else if (token != '{') {
    rule.pattern = expression();
    if (token == ',') {
      advance();
      skip_newlines();
      rule.last = expression();
    }
  }
  if (token == '{') rule.body = block();
  else if (rule.kind != 0) fault("BEGIN and END need an action");
  awk.rules = take_more(awk.rules, (awk.rule_count + 1) * sizeof *awk.rules);
  awk.rules[awk.rule_count++] = rule;
}

void awk_parse(const char *text) {
  at = text;
  advance();
  for (skip_ends(); token != T_END; skip_ends()) {
    if (token == T_FUNCTION) function_definition();
    else add_rule();
  }
  for (int index = 0; index < awk.function_count; index++) {
    if (!awk.functions[index].defined) die(2, "function %s is not defined", awk.functions[index].name);
  }
}
