# shellcheck shell=bash
# The tests under a sanitizer, for scripts/test.

# test_with thread|address ARGUMENT...
test_with() {
    local sanitizer=$1 symbol
    shift
    local build=(--sanitize "$sanitizer" --scratch-path ".build-$sanitizer")
    case $sanitizer in
        thread)
            # Plugins find the sanitizer in the program that loads them, which by itself shows only what C code calls.
            for symbol in external_{read,write} ignore_thread_{begin,end} unaligned_{read,write}{2,4,8,16}; do
                build+=(-Xlinker "--export-dynamic-symbol=__tsan_$symbol")
            done
            ;;
        address) ;;
        *) fail "the sanitizers are thread and address" ;;
    esac
    swift build --build-tests "${build[@]}"
    export RECAPI_SANITIZER=$sanitizer
    "with_$sanitizer" swift test --skip-build "${build[@]}" "$@"
}

with_thread() {
    local library=$PWD/.build-thread/mutex_for_tsan.so
    "$(dirname "$(readlink -f "$(command -v swift)")")/clang" -O1 -fPIC -shared -Wall -Wextra -Werror \
        -o "$library" scripts/test.d/mutex_for_tsan.c
    # A process in which a race was found ends with this status, also where recapi is started by a test.
    TSAN_OPTIONS="exitcode=66 ${TSAN_OPTIONS:-}" LD_PRELOAD=$library "$@"
}

with_address() {
    # XCTest leaks by itself; what recapi leaks is for scripts/test-leaks.
    ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}" "$@"
}
