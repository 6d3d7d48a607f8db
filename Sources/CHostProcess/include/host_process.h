/* What the host of isolated providers does to itself before it loads one; in C since prctl has a variable number of
   arguments. */
#ifndef RECAPI_HOST_PROCESS_H
#define RECAPI_HOST_PROCESS_H

/* The channel; HostLaunch.channelDescriptor is the same. */
#define RECAPI_CHANNEL_DESCRIPTOR 3

/* No descriptors beyond the channel, no core dumps and no debuggers, an end soon after that of the thread that started this process, and no end by the signals
   that ask recapi to stop: it finishes its files first. 0 on success. */
int recapi_harden_host(void);

/* Says on standard error what this program is for, and ends. */
_Noreturn void recapi_refuse_to_host(void);

#endif
