# shellcheck shell=bash
# Whether what was installed is right, as far as the programs are here that can tell; sourced by scripts/install.

# check_installation FOLDER PREFIX: of the files below FOLDER, which are meant for PREFIX.
check_installation() {
    local to=$1 prefix=$2 problems=0
    check_manual "$to/share/man/man1" || problems=1
    check_shell bash "$to/share/bash-completion/completions/recapi" || problems=1
    check_shell zsh "$to/share/zsh/site-functions/_recapi" || problems=1
    check_shell fish "$to/share/fish/vendor_completions.d/recapi.fish" || problems=1
    check_units "$to" "$prefix" || problems=1
    check_linking "$to/bin/recapi" "$to/libexec/recapi/recapi-provider-host" "$to"/lib/recapi/providers/*.so || problems=1
    ((problems == 0)) || fail "what was installed below $to is not right"
}

# complain WHAT OUTPUT: prints what a program has found, and fails where that is anything.
complain() {
    [[ -n $2 ]] || return 0
    printf '%s: %s\n' "$1" "$2" >&2
    return 1
}

check_manual() {
    local page output status=0
    command -v man >/dev/null || return 0
    for page in "$1"/*.1; do
        output=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)
        complain "$page" "$output" || status=1
    done
    return "$status"
}

check_shell() {
    command -v "$1" >/dev/null || return 0
    complain "$1 -n $2" "$("$1" -n "$2" 2>&1 || echo "ended with status $?")"
}

# Units name a program by its final path, and manual pages that are not installed yet: where the target is another folder, only
# complaints about those may be left.
check_units() {
    local to=$1 prefix=$2 folder output
    command -v systemd-analyze >/dev/null || return 0
    folder=$(mktemp -d)
    cp "$to"/lib/systemd/system/recapi@.* "$folder"
    for unit in service timer; do cp "$folder/recapi@.$unit" "$folder/recapi@night.$unit"; done
    output=$(SYSTEMD_UNIT_PATH=$folder: systemd-analyze verify --man=no "$folder/recapi@night.service" \
        "$folder/recapi@night.timer" 2>&1 | grep -v "Command $prefix/bin/recapi is not executable: No such file" || true)
    rm -rf "$folder"
    complain "systemd-analyze verify" "$output"
}

# Nothing of a Swift toolchain, and nothing but what the machine's linker finds.
check_linking() {
    local file needed status=0
    for file in "$@"; do
        needed=$(LC_ALL=C readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
        complain "$file is linked to" "$(grep -E '^lib(swift|Foundation|_Foundation|dispatch|BlocksRuntime)' <<<"$needed")" || status=1
        complain "$file has a run path" "$(LC_ALL=C readelf -d "$file" | grep -E 'R(UN)?PATH.*(swift|/work|/home)')" || status=1
    done
    return "$status"
}
