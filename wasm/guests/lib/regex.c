/* Regular expressions: what is known of one before texts come, and searching. */

#include "regex-internal.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

#ifdef __wasm_simd128__
/* The first place in whole blocks where both the first and the last byte of a needle fit. */
static const char *candidate(const char *at, const char *stop, char first, char last, size_t distance) {
  v128_t first_bytes = wasm_i8x16_splat(first), last_bytes = wasm_i8x16_splat(last);
  for (; stop - at >= 16; at += 16) {
    v128_t begins = wasm_i8x16_eq(wasm_v128_load(at), first_bytes), ends = wasm_i8x16_eq(wasm_v128_load(at + distance), last_bytes);
    int mask = wasm_i8x16_bitmask(wasm_v128_and(begins, ends));
    if (mask != 0) return at + __builtin_ctz((unsigned)mask);
  }
  for (; at < stop; at++) {
    if (*at == first && at[distance] == last) return at;
  }
  return NULL;
}
#else
static const char *candidate(const char *at, const char *stop, char first, char last, size_t distance) {
  while (at < stop && (at = memchr(at, first, (size_t)(stop - at))) != NULL) {
    if (at[distance] == last) return at;
    at++;
  }
  return NULL;
}
#endif

const char *find_bytes(const char *text, size_t length, const char *needle, size_t needle_length) {
  if (needle_length == 0) return text;
  if (needle_length > length) return NULL;
  size_t distance = needle_length - 1, wasted = 0;
  const char *stop = text + length - distance;
  for (const char *at = text; (at = candidate(at, stop, needle[0], needle[distance], distance)) != NULL; at++) {
    if (memcmp(at, needle, needle_length) == 0) return at;
    wasted += needle_length;
    /* Texts that nearly match everywhere are for the search whose time is linear. */
    if (wasted > 4 * length) return memmem(at + 1, (size_t)(text + length - at - 1), needle, needle_length);
  }
  return NULL;
}

/* The bytes of a node that is one character without choice; 0 when it is none. */
static size_t only_bytes(const struct node *node, char *out) {
  if (node->type == NODE_BYTE) {
    *out = (char)node->number;
    return 1;
  }
  if (node->type != NODE_SET || node->range_count != 1 || node->ranges[0].from != node->ranges[0].to) return 0;
  return utf8_encode(node->ranges[0].from, out);
}

struct needle {
  struct text run, best;
  bool broken; /* something else than its bytes is in the expression */
};

static void end_run(struct needle *needle) {
  if (needle->run.length > needle->best.length) {
    text_clear(&needle->best);
    text_add(&needle->best, needle->run.bytes, needle->run.length);
  }
  text_clear(&needle->run);
}

static void look_for_needle(const struct node *node, struct needle *needle) {
  char bytes[4];
  size_t length = only_bytes(node, bytes);
  if (length > 0) {
    text_add(&needle->run, bytes, length);
    return;
  }
  switch (node->type) {
  case NODE_CAT: {
    int count = 1, index;
    for (const struct node *at = node; at->type == NODE_CAT; at = at->left) count++;
    const struct node **parts = take(sizeof *parts * (size_t)count);
    for (index = count; index-- > 0; node = node->left) parts[index] = index > 0 ? node->right : node;
    for (index = 0; index < count; index++) look_for_needle(parts[index], needle);
    free(parts);
    return;
  }
  case NODE_GROUP: needle->broken = true; look_for_needle(node->left, needle); return;
  case NODE_ASSERT: needle->broken = true; return;
  case NODE_EMPTY: return;
  case NODE_REPEAT:
    needle->broken = true;
    end_run(needle);
    if (node->min > 0) look_for_needle(node->left, needle);
    end_run(needle);
    return;
  default: needle->broken = true; end_run(needle);
  }
}

static void find_needle(struct regex *regex, const struct node *root) {
  struct needle needle = {0};
  text_clear(&needle.run);
  text_clear(&needle.best);
  look_for_needle(root, &needle);
  end_run(&needle);
  regex->needle = needle.best.bytes;
  regex->needle_length = needle.best.length;
  regex->is_needle = !needle.broken && needle.best.length > 0;
  free(needle.run.bytes);
}

/* Bytes that a match can begin with; all of them where it may be empty. */
static void find_first(struct regex *regex) {
  const struct program *program = &regex->program;
  int *stack = take(sizeof *stack * (size_t)(program->length * 2 + 2)), depth = 0;
  bool *seen = take((size_t)program->length + 1), empty = false, anchored = true;
  stack[depth++] = program->start;
  while (depth > 0) {
    int place = stack[--depth];
    const struct instruction *at = program->code + place;
    if (seen[place]) continue;
    seen[place] = true;
    if (at->operation == OP_SET) {
      for (int byte = 0; byte < 256; byte++) regex->first[byte] |= IN_SET(program->sets + at->y, byte);
      anchored = false;
    } else if (at->operation == OP_MATCH || at->operation == OP_BACK) {
      empty = true;
      anchored = false;
    } else if (at->operation == OP_ASSERT && at->y == TEXT_BEGIN) empty = true;
    else {
      if (at->operation == OP_SPLIT) stack[depth++] = at->y;
      stack[depth++] = at->x;
    }
  }
  regex->begins_at_start = anchored && empty;
  int count = 0;
  for (int byte = 0; byte < 256; byte++) {
    regex->first[byte] |= empty;
    if (regex->first[byte]) regex->only_first = byte, count++;
  }
  if (count != 1) regex->only_first = -1;
  free(stack);
  free(seen);
}

struct regex *regex_compile(const char *pattern, size_t length, int flags, const char **error) {
  struct parsed parsed;
  *error = regex_parse(pattern, length, flags, &parsed);
  struct regex *regex = take(sizeof *regex);
  if (*error == NULL) {
    regex->groups = parsed.groups;
    regex->has_back = parsed.has_back;
    bool fits = regex_program(&parsed, false, &regex->program);
    if (fits && !parsed.has_back) fits = regex_program(&parsed, true, &regex->backward);
    if (!fits) *error = "Regular expression too big";
  }
  if (*error == NULL) {
    find_needle(regex, parsed.root);
    find_first(regex);
  }
  regex_free_tree(parsed.root);
  if (*error == NULL) return regex;
  regex_free(regex);
  return NULL;
}

void regex_free(struct regex *regex) {
  if (regex == NULL) return;
  dfa_free(regex->forward_dfa);
  dfa_free(regex->backward_dfa);
  regex_free_program(&regex->program);
  regex_free_program(&regex->backward);
  free(regex->needle);
  free(regex);
}

size_t regex_groups(const struct regex *regex) { return (size_t)regex->groups; }

const char *regex_needle(const struct regex *regex, size_t *length) {
  *length = regex->needle_length;
  return regex->needle;
}

bool regex_is_needle(const struct regex *regex) { return regex->is_needle; }

static void set_spans(const ptrdiff_t *slots, size_t known, struct regex_span *spans, size_t count) {
  for (size_t index = 0; index < count; index++) {
    spans[index] = index < known ? (struct regex_span){slots[index * 2], slots[index * 2 + 1]} : (struct regex_span){-1, -1};
  }
}

static bool search_with_back(struct regex *regex, const char *text, size_t length, size_t from, struct regex_span *spans, size_t count) {
  ptrdiff_t *slots = take(sizeof *slots * (size_t)regex->program.slots);
  bool found = false;
  for (size_t at = from; at <= length && !found; at++) {
    if (at < length && !regex->first[(unsigned char)text[at]]) continue;
    found = spans_match(&regex->program, text, length, at, -1, true, slots) >= 0;
  }
  if (found) set_spans(slots, (size_t)regex->groups + 1, spans, count);
  free(slots);
  return found;
}

/* Where the leftmost match begins: tried place by place, as long as that does not read the text again and again. */
static bool find_match(struct regex *regex, const char *text, size_t length, size_t from, struct regex_span *whole) {
  size_t looked = 0, limit = 8 * (length - from) + 4096;
  for (size_t at = from; at <= length; at++) {
    if (regex->begins_at_start && at > 0) return false;
    if (regex->only_first >= 0) {
      const char *next = at == length ? NULL : memchr(text + at, regex->only_first, length - at);
      if (next == NULL) return false;
      at = (size_t)(next - text);
    } else if (at < length && !regex->first[(unsigned char)text[at]]) continue;
    ptrdiff_t end = dfa_run(regex->forward_dfa, text, length, at, false, false, &looked);
    if (end >= 0) {
      *whole = (struct regex_span){(ptrdiff_t)at, end};
      return true;
    }
    if (looked <= limit) continue;
    if (regex->backward_dfa == NULL) regex->backward_dfa = dfa_make(&regex->backward);
    ptrdiff_t begin = dfa_run_back(regex->backward_dfa, text, length, at);
    if (begin < 0) return false;
    end = dfa_run(regex->forward_dfa, text, length, (size_t)begin, false, false, &looked);
    *whole = (struct regex_span){begin, end};
    return end >= 0;
  }
  return false;
}

bool regex_search(struct regex *regex, const char *text, size_t length, size_t from, struct regex_span *spans, size_t count) {
  if (from > length) return false;
  if (regex->needle_length > 0) {
    const char *place = find_bytes(text + from, length - from, regex->needle, regex->needle_length);
    if (place == NULL) return false;
    if (regex->is_needle) {
      ptrdiff_t slots[2] = {place - text, place - text + (ptrdiff_t)regex->needle_length};
      set_spans(slots, 1, spans, count);
      return true;
    }
  }
  if (regex->has_back) return search_with_back(regex, text, length, from, spans, count);
  if (regex->forward_dfa == NULL) regex->forward_dfa = dfa_make(&regex->program);
  size_t looked = 0;
  if (count == 0) return dfa_run(regex->forward_dfa, text, length, from, true, true, &looked) >= 0;
  struct regex_span whole;
  if (!find_match(regex, text, length, from, &whole)) return false;
  if (count == 1 || regex->groups == 0) {
    set_spans((ptrdiff_t[]){whole.begin, whole.end}, 1, spans, count);
    return true;
  }
  ptrdiff_t *slots = take(sizeof *slots * (size_t)regex->program.slots);
  spans_match(&regex->program, text, length, (size_t)whole.begin, whole.end, false, slots);
  set_spans(slots, (size_t)regex->groups + 1, spans, count);
  free(slots);
  return true;
}
