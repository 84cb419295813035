// Lines that were typed, also in earlier sessions.
#ifndef SH_HISTORY_H
#define SH_HISTORY_H

void history_load(void);
// Also writes it to the file, so that it is not lost with the terminal.
void history_add(const char *line);
void history_clear(void);
int history_count(void);
const char *history_line(int index); // 0 is the oldest

#endif
