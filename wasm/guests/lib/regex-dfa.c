/* Deterministic automata that are made as texts need them. A state is a set of instructions that stand before a byte, and what came before
 * it; assertions are looked at when the next byte is known, so that a match is told one byte late. */

#include "regex-internal.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>

#define MOST_STATES 4000
#define DEAD 0

enum before { AT_BEGIN, AFTER_OTHER, AFTER_WORD, AFTER_NEWLINE };

struct state {
  int *instructions, count;
  enum before before;
  uint32_t hash;
};

struct dfa {
  const struct program *program;
  unsigned char class_of[257];
  unsigned char sample[257]; /* a byte of each class */
  int classes;
  struct state *states;
  /* By state and class: the state after it times 2, plus 1 when a match ends before that byte; -1 when it is not known yet. */
  int *next;
  int count, room, *table, table_room;
  int starts[2][4]; /* -1 when not made: by anywhere and what is before */
  /* Sets while they are made. */
  int *stack, *mark, stamp, *list, list_count;
};

bool regex_holds(enum assertion kind, int before, int after) {
  bool word_before = before >= 0 && regex_is_word(before), word_after = after >= 0 && regex_is_word(after);
  switch (kind) {
  case TEXT_BEGIN: return before < 0;
  case TEXT_END: return after < 0;
  case LINE_BEGIN: return before < 0 || before == '\n';
  case LINE_END: return after < 0 || after == '\n';
  case WORD_EDGE: return word_before != word_after;
  case NO_WORD_EDGE: return word_before == word_after;
  case WORD_BEGIN: return !word_before && word_after;
  case WORD_END: return word_before && !word_after;
  case NO_WORD_BEFORE: return !word_before;
  case NO_WORD_AFTER: return !word_after;
  }
  return false;
}

static void make_classes(struct dfa *dfa) {
  /* Bytes are alike when no set tells them apart, and none of the questions of assertions does. */
  const struct program *program = dfa->program;
  int numbers[256] = {0}, count = 1;
  for (int set = 0; set < program->set_count + 2; set++) {
    int moved[512];
    memset(moved, -1, sizeof moved);
    int next = 0, fresh[256];
    for (int byte = 0; byte < 256; byte++) {
      int side;
      if (set < program->set_count) side = (int)IN_SET(program->sets + set, byte);
      else side = program->has_assertions && (set == program->set_count ? regex_is_word(byte) : byte == '\n');
      int key = numbers[byte] * 2 + side;
      if (moved[key] < 0) moved[key] = next++;
      fresh[byte] = moved[key];
    }
    memcpy(numbers, fresh, sizeof numbers);
    count = next;
  }
  for (int byte = 0; byte < 256; byte++) {
    dfa->class_of[byte] = (unsigned char)numbers[byte];
    dfa->sample[numbers[byte]] = (unsigned char)byte;
  }
  dfa->classes = count;
}

struct dfa *dfa_make(const struct program *program) {
  struct dfa *dfa = take(sizeof *dfa);
  dfa->program = program;
  make_classes(dfa);
  dfa->stack = take(sizeof *dfa->stack * (size_t)(program->length * 2 + 2));
  dfa->mark = take(sizeof *dfa->mark * (size_t)(program->length + 1));
  dfa->list = take(sizeof *dfa->list * (size_t)(program->length + 1));
  memset(dfa->starts, -1, sizeof dfa->starts);
  return dfa;
}

static void clear_states(struct dfa *dfa) {
  for (int index = 0; index < dfa->count; index++) free(dfa->states[index].instructions);
  dfa->count = 0;
  memset(dfa->starts, -1, sizeof dfa->starts);
  memset(dfa->table, -1, sizeof *dfa->table * (size_t)dfa->table_room);
}

void dfa_free(struct dfa *dfa) {
  if (dfa == NULL) return;
  clear_states(dfa);
  free(dfa->states);
  free(dfa->next);
  free(dfa->table);
  free(dfa->stack);
  free(dfa->mark);
  free(dfa->list);
  free(dfa);
}

/* Adds what can be reached without a byte. Assertions are passed when they hold between the two bytes; before the next one is known (`open`)
 * they stay in the set. */
static bool follow(struct dfa *dfa, int from, bool open, int before, int after) {
  const struct program *program = dfa->program;
  int depth = 0;
  bool matched = false;
  dfa->stack[depth++] = from;
  while (depth > 0) {
    int place = dfa->stack[--depth];
    if (dfa->mark[place] == dfa->stamp) continue;
    dfa->mark[place] = dfa->stamp;
    const struct instruction *at = program->code + place;
    switch (at->operation) {
    case OP_SPLIT:
      dfa->stack[depth++] = at->y;
      dfa->stack[depth++] = at->x;
      break;
    case OP_JUMP:
    case OP_SAVE:
    case OP_MARK:
    case OP_CHECK: dfa->stack[depth++] = at->x; break;
    case OP_ASSERT:
      if (open) dfa->list[dfa->list_count++] = place;
      else if (regex_holds((enum assertion)at->y, before, after)) dfa->stack[depth++] = at->x;
      break;
    case OP_MATCH:
      matched = true;
      if (open) dfa->list[dfa->list_count++] = place;
      break;
    default: dfa->list[dfa->list_count++] = place;
    }
  }
  return matched;
}

static int compare_ints(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void grow(struct dfa *dfa) {
  if (dfa->count == dfa->room) {
    dfa->room = dfa->room == 0 ? 32 : dfa->room * 2;
    dfa->states = take_more(dfa->states, (size_t)dfa->room * sizeof *dfa->states);
    dfa->next = take_more(dfa->next, (size_t)dfa->room * (size_t)(dfa->classes + 1) * sizeof *dfa->next);
  }
  if (dfa->count * 2 < dfa->table_room) return;
  dfa->table_room = dfa->table_room == 0 ? 128 : dfa->table_room * 2;
  dfa->table = take_more(dfa->table, (size_t)dfa->table_room * sizeof *dfa->table);
  memset(dfa->table, -1, sizeof *dfa->table * (size_t)dfa->table_room);
  for (int index = 0; index < dfa->count; index++) {
    uint32_t place = dfa->states[index].hash;
    while (dfa->table[place & (uint32_t)(dfa->table_room - 1)] >= 0) place++;
    dfa->table[place & (uint32_t)(dfa->table_room - 1)] = index;
  }
}

/* The state of the list. The first one is dead: nothing is left to match. */
static int state_of(struct dfa *dfa, enum before before) {
  grow(dfa);
  qsort(dfa->list, (size_t)dfa->list_count, sizeof *dfa->list, compare_ints);
  if (!dfa->program->has_assertions) before = AT_BEGIN;
  uint32_t hash = 2166136261u ^ before;
  for (int index = 0; index < dfa->list_count; index++) hash = (hash ^ (uint32_t)dfa->list[index]) * 16777619u;
  hash ^= hash >> 15;
  size_t bytes = sizeof *dfa->list * (size_t)dfa->list_count;
  uint32_t place = hash;
  for (int found; (found = dfa->table[place & (uint32_t)(dfa->table_room - 1)]) >= 0; place++) {
    const struct state *state = dfa->states + found;
    if (state->hash == hash && state->count == dfa->list_count && state->before == before && memcmp(state->instructions, dfa->list, bytes) == 0) return found;
  }
  struct state *state = dfa->states + dfa->count;
  *state = (struct state){.count = dfa->list_count, .before = before, .hash = hash, .instructions = take_more(NULL, bytes)};
  memcpy(state->instructions, dfa->list, bytes);
  memset(dfa->next + dfa->count * (dfa->classes + 1), -1, sizeof *dfa->next * (size_t)(dfa->classes + 1));
  dfa->table[place & (uint32_t)(dfa->table_room - 1)] = dfa->count;
  return dfa->count++;
}

static enum before before_of(int byte) {
  if (byte < 0) return AT_BEGIN;
  if (byte == '\n') return AFTER_NEWLINE;
  return regex_is_word(byte) ? AFTER_WORD : AFTER_OTHER;
}

static int start_state(struct dfa *dfa, bool anywhere, int byte) {
  enum before before = before_of(byte);
  int *start = &dfa->starts[anywhere][before];
  if (*start >= 0) return *start;
  if (dfa->count == 0) {
    dfa->list_count = 0;
    state_of(dfa, AT_BEGIN);
  }
  dfa->list_count = 0;
  dfa->stamp++;
  follow(dfa, anywhere ? dfa->program->anywhere : dfa->program->start, true, 0, 0);
  return *start = state_of(dfa, before);
}

/* A byte that stands for what was before, for assertions. */
static int byte_before(enum before before) {
  static const int bytes[] = {-1, ' ', 'a', '\n'};
  return bytes[before];
}

/* Makes the transition of a state over a class; one past the last for the end of the text. */
static int step(struct dfa *dfa, int from, int class, bool backward) {
  const struct program *program = dfa->program;
  int byte = class == dfa->classes ? -1 : dfa->sample[class];
  int former = byte_before(dfa->states[from].before), before = backward ? byte : former, after = backward ? former : byte;
  /* What is behind assertions that hold now. */
  int count = dfa->states[from].count, *reached, matched = 0;
  dfa->stamp++;
  dfa->list_count = 0;
  for (int index = 0; index < count; index++) {
    if (follow(dfa, dfa->states[from].instructions[index], false, before, after)) matched = 1;
  }
  int reached_count = dfa->list_count;
  reached = take_more(NULL, sizeof *reached * (size_t)(reached_count + 1));
  memcpy(reached, dfa->list, sizeof *reached * (size_t)reached_count);
  dfa->stamp++;
  dfa->list_count = 0;
  for (int index = 0; byte >= 0 && index < reached_count; index++) {
    const struct instruction *at = program->code + reached[index];
    if (at->operation == OP_SET && IN_SET(program->sets + at->y, byte)) follow(dfa, at->x, true, 0, 0);
  }
  free(reached);
  int to = dfa->list_count == 0 ? DEAD : state_of(dfa, before_of(byte));
  int value = to * 2 + matched;
  dfa->next[from * (dfa->classes + 1) + class] = value;
  return value;
}

/* Too many states are thrown away all at once; the set that is in work is kept. */
static int make_room(struct dfa *dfa, int now) {
  if (dfa->count < MOST_STATES) return now;
  struct state kept = dfa->states[now];
  dfa->list_count = kept.count;
  memcpy(dfa->list, kept.instructions, sizeof *dfa->list * (size_t)kept.count);
  enum before before = kept.before;
  clear_states(dfa);
  int *list = take_more(NULL, sizeof *list * (size_t)(dfa->list_count + 1)), count = dfa->list_count;
  memcpy(list, dfa->list, sizeof *list * (size_t)count);
  dfa->list_count = 0;
  state_of(dfa, AT_BEGIN);
  memcpy(dfa->list, list, sizeof *list * (size_t)count);
  dfa->list_count = count;
  free(list);
  return state_of(dfa, before);
}

ptrdiff_t dfa_run(struct dfa *dfa, const char *text, size_t length, size_t at, bool anywhere, bool first, size_t *looked) {
  const unsigned char *bytes = (const unsigned char *)text;
  int now = start_state(dfa, anywhere, at > 0 ? bytes[at - 1] : -1), stride = dfa->classes + 1;
  const int *next = dfa->next;
  ptrdiff_t found = -1;
  size_t begin = at;
  for (; at < length; at++) {
    int class = dfa->class_of[bytes[at]], value = next[now * stride + class];
    if (value < 0) {
      now = make_room(dfa, now);
      value = step(dfa, now, class, false);
      next = dfa->next;
    }
    if (value & 1) {
      found = (ptrdiff_t)at;
      if (first) break;
    }
    now = value >> 1;
    if (now == DEAD) break;
  }
  *looked += at - begin;
  if (at < length) return found;
  int value = dfa->next[now * stride + dfa->classes];
  if (value < 0) value = step(dfa, make_room(dfa, now), dfa->classes, false);
  return value & 1 ? (ptrdiff_t)length : found;
}

ptrdiff_t dfa_run_back(struct dfa *dfa, const char *text, size_t length, size_t at) {
  const unsigned char *bytes = (const unsigned char *)text;
  int now = start_state(dfa, true, -1), stride = dfa->classes + 1;
  ptrdiff_t found = -1;
  for (size_t place = length;; place--) {
    int class = place == 0 ? dfa->classes : dfa->class_of[bytes[place - 1]], value = dfa->next[now * stride + class];
    if (value < 0) {
      now = make_room(dfa, now);
      value = step(dfa, now, class, true);
    }
    if (value & 1) found = (ptrdiff_t)place;
    now = value >> 1;
    if (place == at || now == DEAD) return found;
  }
}
