// Lines that wait in memory for a thread that writes them to the log.
#pragma once

#include "shim_log.h"

struct log_ring;

// The thread writes `log` from here on, alone. `limit`: bytes that may wait. NULL with errno.
struct log_ring *ring_start(struct log *log, size_t limit);
// Takes a line of at most log_line_limit bytes, or drops it where it has no room. Never waits for the disk.
void ring_put(struct log_ring *ring, uint64_t time_ns, int stream, const char *data, size_t size, bool partial);
// Returns when all of it is written and the thread has ended.
void ring_finish(struct log_ring *ring);
