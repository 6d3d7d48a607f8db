#include "cpu_features.h"
#include "kernel_internal.h"

#define WORDS 5

// FIPS 180-4 section 5.3.1.
#define INITIAL_STATE {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}

// Nanoseconds that a block of all lanes takes on a Zen 4 core.
enum {
    portable_cost = 88,
    vector_4_cost = 150,
    avx2_8_cost = 118,
    avx512vl_8_cost = 76,
    avx512f_16_cost = 126,
    extensions_1_cost = 33,
    extensions_2_cost = 38,
    extensions_3_cost = 46,
    extensions_4_cost = 62,
};

#define HASH_FUNCTION recapi_sha1_function
#define LANES_TEXT "sha1_lanes.h"
#define EXTENSIONS_TEXT "sha1_extensions.h"
#include "kernel_list.h"
