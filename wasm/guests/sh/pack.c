// One function for each kind of thing reads and writes it, so that the two cannot differ.
#include <string.h>

#include "tree.h"

void pack_number(struct pack *pack, int64_t *number) {
  if (pack->is_loading) {
    uint64_t loaded = 0;
    unsigned shift = 0;
    for (;;) {
      if (pack->at >= pack->bytes.size || shift > 63) {
        pack->has_failed = true;
        *number = 0;
        return;
      }
      unsigned char byte = (unsigned char)pack->bytes.bytes[pack->at++];
      loaded |= (uint64_t)(byte & 127) << shift;
      if (byte < 128) break;
      shift += 7;
    }
    *number = (int64_t)(loaded >> 1) ^ -(int64_t)(loaded & 1);
    return;
  }
  uint64_t left = ((uint64_t)*number << 1) ^ (uint64_t)(*number >> 63);
  for (; left > 127; left >>= 7) text_put(&pack->bytes, (char)((left & 127) | 128));
  text_put(&pack->bytes, (char)left);
}

// The size plus one; zero for nothing at all.
static bool pack_size(struct pack *pack, bool is_there, size_t *size) {
  int64_t number = is_there ? (int64_t)*size + 1 : 0;
  pack_number(pack, &number);
  if (pack->is_loading) {
    if (number < 0 || (uint64_t)number > pack->bytes.size - pack->at + 1) {
      pack->has_failed = true;
      return false;
    }
    *size = number == 0 ? 0 : (size_t)number - 1;
  }
  return number > 0;
}

void pack_string(struct pack *pack, char **string) {
  size_t size = pack->is_loading || *string == NULL ? 0 : strlen(*string);
  if (!pack_size(pack, *string != NULL, &size)) {
    *string = NULL;
  } else if (pack->is_loading) {
    *string = region_copy(pack->region, pack->bytes.bytes + pack->at, size);
    pack->at += size;
  } else {
    text_add(&pack->bytes, *string, size);
  }
}

void pack_bytes(struct pack *pack, struct text *bytes) {
  size_t size = bytes->size;
  if (!pack_size(pack, true, &size)) return;
  if (pack->is_loading) {
    text_add(bytes, pack->bytes.bytes + pack->at, size);
    pack->at += size;
  } else {
    text_add(&pack->bytes, bytes->bytes, size);
  }
}

// Whether there is one; when loading, it is made.
static bool pack_thing(struct pack *pack, void *place, size_t size) {
  void **thing = place;
  int64_t is_there = *thing != NULL && !pack->is_loading;
  pack_number(pack, &is_there);
  if (pack->is_loading) *thing = is_there == 0 || pack->has_failed ? NULL : region_get(pack->region, size);
  return *thing != NULL;
}

#define PACK_FIELD(pack, field)        \
  do {                                 \
    int64_t number = (int64_t)(field); \
    pack_number(pack, &number);        \
    (field) = (__typeof__(field))number; \
  } while (0)

static void pack_parts(struct pack *pack, struct part **part) {
  for (; pack_thing(pack, part, sizeof **part); part = &(*part)->next) {
    PACK_FIELD(pack, (*part)->kind);
    PACK_FIELD(pack, (*part)->quoted);
    PACK_FIELD(pack, (*part)->operation);
    PACK_FIELD(pack, (*part)->colon);
    pack_string(pack, &(*part)->text);
    pack_parts(pack, &(*part)->word);
    pack_parts(pack, &(*part)->more);
    pack_node(pack, &(*part)->command);
  }
}

static void pack_words(struct pack *pack, struct word **word) {
  for (; pack_thing(pack, word, sizeof **word); word = &(*word)->next) pack_parts(pack, &(*word)->parts);
}

static void pack_redirections(struct pack *pack, struct redirection **redirection) {
  for (; pack_thing(pack, redirection, sizeof **redirection); redirection = &(*redirection)->next) {
    PACK_FIELD(pack, (*redirection)->kind);
    PACK_FIELD(pack, (*redirection)->descriptor);
    pack_parts(pack, &(*redirection)->word);
  }
}

static void pack_one(struct pack *pack, struct node *node) {
  PACK_FIELD(pack, node->kind);
  PACK_FIELD(pack, node->flag);
  PACK_FIELD(pack, node->line);
  pack_string(pack, &node->name);
  pack_words(pack, &node->assignments);
  pack_words(pack, &node->words);
  pack_redirections(pack, &node->redirections);
  pack_node(pack, &node->first);
  pack_node(pack, &node->second);
  pack_node(pack, &node->third);
}

void pack_node(struct pack *pack, struct node **node) {
  for (; pack_thing(pack, node, sizeof **node); node = &(*node)->next) pack_one(pack, *node);
}
