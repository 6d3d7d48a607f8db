#include "terminal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Who has set `claimed` owns `settings` and `usual` until it is cleared; `watched` says that they are there. */
static atomic_flag claimed = ATOMIC_FLAG_INIT;
static atomic_int watched = -1;
static struct termios settings;
static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
static struct sigaction usual[sizeof deadly / sizeof *deadly];

/* The handler is reset when it is called, so that the signal ends the process once it returns. */
static void give_up_and_end(int signal)
{
    recapi_give_up_terminal();
    (void)raise(signal);
}

static void watch(int terminal, const struct termios *before)
{
    if (atomic_flag_test_and_set(&claimed)) return;
    settings = *before;
    atomic_store(&watched, terminal);
    struct sigaction action = {.sa_handler = give_up_and_end, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        if (sigaction(deadly[i], NULL, &usual[i]) == 0 && usual[i].sa_handler == SIG_DFL)
            (void)sigaction(deadly[i], &action, NULL);
}

static void stop_watching(int terminal)
{
    if (!atomic_compare_exchange_strong(&watched, &terminal, -1)) return;
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        struct sigaction now;
        if (sigaction(deadly[i], NULL, &now) == 0 && now.sa_handler == give_up_and_end)
            (void)sigaction(deadly[i], &usual[i], NULL);
    }
    atomic_flag_clear(&claimed);
}

int recapi_hide_typing(int terminal, unsigned char end, struct termios *before)
{
    if (tcgetattr(terminal, before) != 0) return -1;
    struct termios hidden = *before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    hidden.c_cc[VEOL] = end;
    watch(terminal, before);
    if (tcsetattr(terminal, TCSAFLUSH, &hidden) == 0) return 0;
    stop_watching(terminal);
    return -1;
}

void recapi_show_typing(int terminal, const struct termios *before)
{
    (void)tcsetattr(terminal, TCSAFLUSH, before);
    stop_watching(terminal);
}

void recapi_give_up_terminal(void)
{
    const int terminal = atomic_load(&watched);
    if (terminal >= 0) (void)tcsetattr(terminal, TCSAFLUSH, &settings);
}
