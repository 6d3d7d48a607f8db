#pragma once

/// What kernels need of a CPU, as bits. `ALWAYS` is in every answer.
enum feature { ALWAYS = 1, AVX2 = 2, AVX512F = 4, AVX512VL = 8, SHA = 16 };

/// The features that this CPU has, and that the operating system lets programs use.
unsigned recapi_cpu_features(void);
