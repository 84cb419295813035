/* From the tree to a program over bytes: characters of UTF-8 become sequences of bytes. */

#include "regex-internal.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>

#define MOST_INSTRUCTIONS 200000

size_t utf8_decode(const char *text, size_t length, int *character) {
  const unsigned char *at = (const unsigned char *)text;
  *character = at[0];
  if (at[0] < 0x80) return 1;
  int more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : 1;
  static const int least[] = {0, 0x80, 0x800, 0x10000};
  int value = at[0] & (0x3f >> more);
  *character = -1;
  if (at[0] < 0xc2 || at[0] > 0xf4 || length <= (size_t)more) return 1;
  for (int index = 1; index <= more; index++) {
    if ((at[index] & 0xc0) != 0x80) return 1;
    value = value << 6 | (at[index] & 0x3f);
  }
  if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 1;
  *character = value;
  return (size_t)more + 1;
}

size_t utf8_encode(int character, char *out) {
  if (character < 0x80) {
    out[0] = (char)character;
    return 1;
  }
  int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  for (int index = more; index > 0; index--, character >>= 6) out[index] = (char)(0x80 | (character & 0x3f));
  static const int leads[] = {0, 0xc0, 0xe0, 0xf0};
  out[0] = (char)(leads[more] | character);
  return (size_t)more + 1;
}

bool regex_is_word(int byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_' || byte >= 0x80;
}

struct builder {
  struct program *out;
  bool reversed, full;
};

static int emit(struct builder *builder, enum operation operation, int x, int y) {
  struct program *out = builder->out;
  if (out->length >= MOST_INSTRUCTIONS) {
    builder->full = true;
    return 0;
  }
  if (out->length == out->room) {
    out->room = out->room == 0 ? 64 : out->room * 2;
    out->code = take_more(out->code, (size_t)out->room * sizeof *out->code);
  }
  out->code[out->length] = (struct instruction){operation, x, y};
  return out->length++;
}

static int set_number(struct program *out, const struct byteset *set) {
  for (int index = 0; index < out->set_count; index++) {
    if (memcmp(out->sets + index, set, sizeof *set) == 0) return index;
  }
  if (out->set_count == out->set_room) {
    out->set_room = out->set_room == 0 ? 16 : out->set_room * 2;
    out->sets = take_more(out->sets, (size_t)out->set_room * sizeof *out->sets);
  }
  out->sets[out->set_count] = *set;
  return out->set_count++;
}

static int emit_bytes(struct builder *builder, int from, int to) {
  struct byteset set = {0};
  for (int byte = from; byte <= to; byte++) set.bits[byte >> 5] |= 1u << (byte & 31);
  int number = set_number(builder->out, &set);
  int place = emit(builder, OP_SET, 0, number);
  builder->out->code[place].x = place + 1;
  return place;
}

/* A range of characters as sequences of ranges of bytes. */
struct sequences {
  struct {
    unsigned char from[4], to[4];
    int length;
  } *all;
  int count;
};

static void add_sequence(struct sequences *sequences, int from, int to) {
  char first[4], last[4];
  size_t length = utf8_encode(from, first);
  utf8_encode(to, last);
  sequences->all = take_more(sequences->all, (size_t)(sequences->count + 1) * sizeof *sequences->all);
  for (size_t index = 0; index < length; index++) {
    sequences->all[sequences->count].from[index] = (unsigned char)first[index];
    sequences->all[sequences->count].to[index] = (unsigned char)last[index];
  }
  sequences->all[sequences->count++].length = (int)length;
}

/* Splits until every byte behind the first that differs goes over all that it can be. */
static void split_range(struct sequences *sequences, int from, int to) {
  static const int ends[] = {0x7f, 0x7ff, 0xffff};
  if (from > to) return;
  for (int index = 0; index < 3; index++) {
    if (from <= ends[index] && to > ends[index]) {
      split_range(sequences, from, ends[index]);
      split_range(sequences, ends[index] + 1, to);
      return;
    }
  }
  /* Halves of pairs of UTF-16 are no characters. */
  if (from < 0xe000 && to >= 0xd800) {
    split_range(sequences, from, 0xd7ff);
    split_range(sequences, 0xe000, to);
    return;
  }
  int bytes = to <= 0x7f ? 1 : to <= 0x7ff ? 2 : to <= 0xffff ? 3 : 4;
  for (int index = 1; index < bytes; index++) {
    int mask = (1 << (6 * index)) - 1;
    if ((from & ~mask) == (to & ~mask)) continue;
    if ((from & mask) != 0) {
      split_range(sequences, from, from | mask);
      split_range(sequences, (from | mask) + 1, to);
      return;
    }
    if ((to & mask) != mask) {
      split_range(sequences, from, (to & ~mask) - 1);
      split_range(sequences, to & ~mask, to);
      return;
    }
  }
  add_sequence(sequences, from, to);
}

/* One byte of ASCII out of a set is the usual case, and one instruction. */
static void emit_set(struct builder *builder, const struct node *node) {
  struct byteset ascii = {0};
  struct sequences sequences = {0};
  bool some = false;
  for (int index = 0; index < node->range_count; index++) {
    struct range range = node->ranges[index];
    for (int byte = range.from; byte <= range.to && byte < 0x80; byte++) {
      ascii.bits[byte >> 5] |= 1u << (byte & 31);
      some = true;
    }
    split_range(&sequences, range.from < 0x80 ? 0x80 : range.from, range.to);
  }
  int count = sequences.count + some, *jumps = take(sizeof *jumps * (size_t)(count + 1));
  if (count == 0) emit(builder, OP_SET, 0, set_number(builder->out, &ascii));
  for (int index = 0; index < count; index++) {
    int split = index + 1 < count ? emit(builder, OP_SPLIT, builder->out->length + 1, 0) : -1;
    if (index == 0 && some) {
      int place = emit(builder, OP_SET, 0, set_number(builder->out, &ascii));
      builder->out->code[place].x = place + 1;
    } else {
      int length = sequences.all[index - some].length;
      for (int byte = 0; byte < length; byte++) {
        int place = builder->reversed ? length - 1 - byte : byte;
        emit_bytes(builder, sequences.all[index - some].from[place], sequences.all[index - some].to[place]);
      }
    }
    jumps[index] = index + 1 < count ? emit(builder, OP_JUMP, 0, 0) : -1;
    if (split >= 0) builder->out->code[split].y = builder->out->length;
  }
  for (int index = 0; index + 1 < count; index++) builder->out->code[jumps[index]].x = builder->out->length;
  free(jumps);
  free(sequences.all);
}

static bool nullable(const struct node *node) {
  switch (node->type) {
  case NODE_SET:
  case NODE_BYTE: return false;
  case NODE_CAT: return nullable(node->left) && nullable(node->right);
  case NODE_ALT: return nullable(node->left) || nullable(node->right);
  case NODE_REPEAT: return node->min == 0 || nullable(node->left);
  case NODE_GROUP: return nullable(node->left);
  default: return true;
  }
}

static void emit_node(struct builder *builder, const struct node *node);

static void emit_loop(struct builder *builder, const struct node *body) {
  bool guarded = nullable(body);
  int mark = guarded ? builder->out->marks++ : 0;
  int split = emit(builder, OP_SPLIT, builder->out->length + 1, 0);
  if (guarded) emit(builder, OP_MARK, builder->out->length + 1, mark);
  emit_node(builder, body);
  if (guarded) emit(builder, OP_CHECK, builder->out->length + 1, mark);
  emit(builder, OP_JUMP, split, 0);
  builder->out->code[split].y = builder->out->length;
}

static void emit_repeat(struct builder *builder, const struct node *node) {
  for (int count = 0; count < node->min && !builder->full; count++) emit_node(builder, node->left);
  if (node->max < 0) {
    emit_loop(builder, node->left);
    return;
  }
  int optional = node->max - node->min, *splits = take(sizeof *splits * (size_t)(optional + 1));
  for (int count = 0; count < optional && !builder->full; count++) {
    splits[count] = emit(builder, OP_SPLIT, builder->out->length + 1, 0);
    emit_node(builder, node->left);
  }
  for (int count = 0; count < optional && !builder->full; count++) builder->out->code[splits[count]].y = builder->out->length;
  free(splits);
}

static void emit_alternatives(struct builder *builder, const struct node *node) {
  int split = emit(builder, OP_SPLIT, builder->out->length + 1, 0);
  emit_node(builder, node->left);
  int jump = emit(builder, OP_JUMP, 0, 0);
  builder->out->code[split].y = builder->out->length;
  emit_node(builder, node->right);
  builder->out->code[jump].x = builder->out->length;
}

static void emit_group(struct builder *builder, const struct node *node) {
  emit(builder, OP_SAVE, builder->out->length + 1, node->number * 2);
  emit_node(builder, node->left);
  emit(builder, OP_SAVE, builder->out->length + 1, node->number * 2 + 1);
}

/* Chains hang on the left, and may be as long as the expression. */
static void emit_chain(struct builder *builder, const struct node *node) {
  int count = 1;
  for (const struct node *at = node; at->type == NODE_CAT; at = at->left) count++;
  const struct node **parts = take(sizeof *parts * (size_t)count);
  for (int index = count; index-- > 0; node = node->left) parts[index] = index > 0 ? node->right : node;
  for (int index = 0; index < count; index++) emit_node(builder, parts[builder->reversed ? count - 1 - index : index]);
  free(parts);
}

static void emit_node(struct builder *builder, const struct node *node) {
  if (builder->full) return;
  switch (node->type) {
  case NODE_EMPTY: break;
  case NODE_SET: emit_set(builder, node); break;
  case NODE_BYTE: emit_bytes(builder, node->number, node->number); break;
  case NODE_CAT: emit_chain(builder, node); break;
  case NODE_ALT: emit_alternatives(builder, node); break;
  case NODE_REPEAT: emit_repeat(builder, node); break;
  case NODE_GROUP: emit_group(builder, node); break;
  case NODE_ASSERT:
    builder->out->has_assertions = true;
    emit(builder, OP_ASSERT, builder->out->length + 1, node->number);
    break;
  case NODE_BACK: emit(builder, OP_BACK, builder->out->length + 1, node->number); break;
  }
}

bool regex_program(const struct parsed *parsed, bool reversed, struct program *program) {
  *program = (struct program){.slots = (parsed->groups + 1) * 2};
  struct builder builder = {.out = program, .reversed = reversed};
  int split = emit(&builder, OP_SPLIT, 3, 1);
  int any = emit_bytes(&builder, 0, 255);
  program->code[any].x = 2;
  emit(&builder, OP_JUMP, split, 0);
  program->anywhere = split;
  program->start = program->length;
  emit_node(&builder, parsed->root);
  emit(&builder, OP_MATCH, 0, 0);
  return !builder.full;
}

void regex_free_program(struct program *program) {
  free(program->code);
  free(program->sets);
}
