#define _GNU_SOURCE

#include "hardening.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int recapi_harden_memory(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    struct rlimit locked;
    if (getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur != locked.rlim_max) {
        locked.rlim_cur = locked.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &locked);
    }
    return 0;
}

/* The channel is closed as well then, at which a host logs out of tokens and ends; unless a call of a vendor's hangs. */
static void end_soon(int signal)
{
    (void)signal;
    alarm(10);
}

int recapi_harden_host(void)
{
    closefrom(RECAPI_CHANNEL_DESCRIPTOR + 1);
    if (recapi_harden_memory() != 0 || signal(SIGUSR1, end_soon) == SIG_ERR
        || prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0) != 0)
        return -1;
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++)
        if (signal(ignored[i], SIG_IGN) == SIG_ERR) return -1;
    return 0;
}

_Noreturn void recapi_refuse_to_host(void)
{
    fputs("recapi-provider-host: recapi starts this program to keep a provider out of its own process\n", stderr);
    exit(64);
}
