/* Calls of wasi:http as a component's core module makes them. */

#ifndef PROXY_H
#define PROXY_H

#define VERSION "@0.2.12"
#include "canon-base.h"

#define TYPES "wasi:http/types"

/* All that was given is given back. */
static void reset_heap(void) { used = 0; }

struct stream_result {
  uint8_t failed;
  union {
    struct list list;
    struct {
      uint8_t error; /* 0 failed, 1 closed */
      int handle;
    };
  } __attribute__((aligned(4)));
};
struct handle_result {
  uint8_t failed;
  int handle;
};
struct variant {
  uint8_t tag;
  struct list text;
};
struct optional_text {
  uint8_t is;
  struct list text;
};
/* An `error-code` has 8-byte parts. */
struct error_result {
  uint8_t failed;
  uint8_t code __attribute__((aligned(8)));
  uint8_t rest[32];
};
struct future_result {
  uint8_t failed;
  union {
    uint8_t code;
    int handle;
  } __attribute__((aligned(8)));
  uint8_t rest[32];
};
struct response_option {
  uint8_t is;
  uint8_t failed __attribute__((aligned(8)));
  uint8_t failed_again __attribute__((aligned(8)));
  union {
    uint8_t code;
    int handle;
  } __attribute__((aligned(8)));
  uint8_t rest[32];
};

void blocking_read(int stream, uint64_t length, struct stream_result *result)
    IMPORT("wasi:io/streams", "[method]input-stream.blocking-read");
void blocking_write(int stream, const char *at, size_t length, struct stream_result *result)
    IMPORT("wasi:io/streams", "[method]output-stream.blocking-write-and-flush");
void drop_input(int stream) IMPORT("wasi:io/streams", "[resource-drop]input-stream");
void drop_output(int stream) IMPORT("wasi:io/streams", "[resource-drop]output-stream");
void pollable_block(int pollable) IMPORT("wasi:io/poll", "[method]pollable.block");
void drop_pollable(int pollable) IMPORT("wasi:io/poll", "[resource-drop]pollable");
void get_directories(struct list *result) IMPORT("wasi:filesystem/preopens", "get-directories");

int fields_new(void) IMPORT(TYPES, "[constructor]fields");
void fields_append(int fields, const char *name, size_t name_length, const char *value, size_t value_length,
                   struct variant *result) IMPORT(TYPES, "[method]fields.append");
void fields_entries(int fields, struct list *result) IMPORT(TYPES, "[method]fields.entries");

void request_method(int request, struct variant *result) IMPORT(TYPES, "[method]incoming-request.method");
void request_path(int request, struct optional_text *result) IMPORT(TYPES, "[method]incoming-request.path-with-query");
void request_authority(int request, struct optional_text *result) IMPORT(TYPES, "[method]incoming-request.authority");
int request_headers(int request) IMPORT(TYPES, "[method]incoming-request.headers");
void request_consume(int request, struct handle_result *result) IMPORT(TYPES, "[method]incoming-request.consume");
void body_stream(int body, struct handle_result *result) IMPORT(TYPES, "[method]incoming-body.stream");

int response_new(int headers) IMPORT(TYPES, "[constructor]outgoing-response");
int response_set_status(int response, int status) IMPORT(TYPES, "[method]outgoing-response.set-status-code");
void response_body(int response, struct handle_result *result) IMPORT(TYPES, "[method]outgoing-response.body");
void body_write(int body, struct handle_result *result) IMPORT(TYPES, "[method]outgoing-body.write");
void body_finish(int body, int has_trailers, int trailers, struct error_result *result)
    IMPORT(TYPES, "[static]outgoing-body.finish");
/* A result that is well has the response; the rest is for errors. */
void outparam_set(int out, int failed, int response, int a, uint64_t b, int c, int d, int e, int f)
    IMPORT(TYPES, "[static]response-outparam.set");
static void respond_with(int out, int response) { outparam_set(out, 0, response, 0, 0, 0, 0, 0, 0); }

int request_new(int headers) IMPORT(TYPES, "[constructor]outgoing-request");
int request_set_method(int request, int tag, const char *text, size_t length)
    IMPORT(TYPES, "[method]outgoing-request.set-method");
int request_set_path(int request, int is, const char *text, size_t length)
    IMPORT(TYPES, "[method]outgoing-request.set-path-with-query");
int request_set_authority(int request, int is, const char *text, size_t length)
    IMPORT(TYPES, "[method]outgoing-request.set-authority");
void request_body(int request, struct handle_result *result) IMPORT(TYPES, "[method]outgoing-request.body");
void outgoing_handle(int request, int has_options, int options, struct future_result *result)
    IMPORT("wasi:http/outgoing-handler", "handle");
int future_subscribe(int future) IMPORT(TYPES, "[method]future-incoming-response.subscribe");
void future_get(int future, struct response_option *result) IMPORT(TYPES, "[method]future-incoming-response.get");
int incoming_status(int response) IMPORT(TYPES, "[method]incoming-response.status");
void response_consume(int response, struct handle_result *result) IMPORT(TYPES, "[method]incoming-response.consume");

#endif
