/* What recapi and the host of isolated providers do to themselves before they touch a secret; in C since prctl has a
   variable number of arguments. */
#ifndef RECAPI_HARDENING_H
#define RECAPI_HARDENING_H

/* The channel; HostLaunch.channelDescriptor is the same. */
#define RECAPI_CHANNEL_DESCRIPTOR 3

/* No core dumps, neither as files nor to a handler; no debugger and no look at /proc/PID/mem and environ by other processes
   of the same user; and as much locked memory as the hard limit allows. 0 on success. */
int recapi_harden_memory(void);

/* The file of the allocator that is loaded in the place of the C library's (LD_PRELOAD); NULL where there is none. What C++
   code gives back to it by operators of its own is not overwritten. */
const char *recapi_foreign_allocator(void);

/* The same, and no descriptors beyond the channel, an end soon after that of the thread that started this process, and no
   end by the signals that ask recapi to stop: it finishes its files first. 0 on success. */
int recapi_harden_host(void);

/* Says on standard error what this program is for, and ends. */
_Noreturn void recapi_refuse_to_host(void);

#endif
