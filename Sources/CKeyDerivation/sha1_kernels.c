#include "cpu_features.h"
#include "kernel_internal.h"

#define WORDS 5

// FIPS 180-4 section 5.3.1.
#define INITIAL_STATE {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}

#define HASH_FUNCTION recapi_sha1_function
#define LANES_TEXT "sha1_lanes.h"
#define EXTENSIONS_TEXT "sha1_extensions.h"
#include "kernel_list.h"
