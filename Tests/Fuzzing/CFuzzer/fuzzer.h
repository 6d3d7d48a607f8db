/* What libFuzzer offers to the program that it is linked into (compiler-rt: include/fuzzer/FuzzerInterface.h). */
#ifndef RECAPI_FUZZER_H
#define RECAPI_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/* Changes bytes in place, in one of libFuzzer's own ways; returns how many there are then, at most `most`. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

#endif
