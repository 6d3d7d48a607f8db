# shellcheck shell=bash disable=SC2034
# The tests under a sanitizer, for scripts/test.

# sanitize thread|address: sets what `swift build` and `swift test` are given besides, and the command that tests are run by.
sanitize() {
    local sanitizer=$1 symbol library=$PWD/.build-$1/mutex_for_tsan.so
    build=(--sanitize "$sanitizer" --scratch-path ".build-$sanitizer")
    # All is slower by a factor of 5 to 15 (ThreadSanitizer's manual), which is no hang.
    environment=(env "RECAPI_SANITIZER=$sanitizer" "RECAPI_TEST_PATIENCE=${RECAPI_TEST_PATIENCE:-10}")
    case $sanitizer in
        thread)
            # Plugins find the sanitizer in the program that loads them, which by itself shows only what C code calls.
            for symbol in external_{read,write} ignore_thread_{begin,end} unaligned_{read,write}{2,4,8,16}; do
                build+=(-Xlinker "--export-dynamic-symbol=__tsan_$symbol")
            done
            mkdir -p ".build-$sanitizer"
            "$(dirname "$(readlink -f "$(command -v swift)")")/clang" -O1 -fPIC -shared -Wall -Wextra -Werror \
                -o "$library" scripts/test.d/mutex_for_tsan.c
            # A process in which a race was found ends with this status, also where recapi is started by a test.
            environment+=("TSAN_OPTIONS=exitcode=66 ${TSAN_OPTIONS:-}" "LD_PRELOAD=$library")
            ;;
        address)
            # XCTest leaks by itself; what recapi leaks is for scripts/test-leaks.
            environment+=("ASAN_OPTIONS=detect_leaks=0 ${ASAN_OPTIONS:-}")
            ;;
        *) fail "the sanitizers are thread and address" ;;
    esac
}
