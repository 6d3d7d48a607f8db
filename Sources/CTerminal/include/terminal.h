#pragma once

#include <termios.h>

// What is typed at a terminal, and not to be seen.

// Turns the terminal's echo and its signal keys off, and gives its settings as they were; `end` ends a line as well as a line feed
// does. Signals that would end the process, and that nobody handles, turn both on again first; of several terminals at a time
// that is true of the first. Returns 0, or -1 with errno set.
int recapi_hide_typing(int terminal, unsigned char end, struct termios *before);

// Gives the terminal back as it was.
void recapi_show_typing(int terminal, const struct termios *before);

// The same for whoever ends the process without more ado; does nothing where nothing is hidden. Any thread and any signal
// handler may call it.
void recapi_give_up_terminal(void);
