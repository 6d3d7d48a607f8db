# shellcheck shell=bash
# Functions that the scripts share; sourcing this file changes nothing else.

# fail SENTENCE: ends the script.
fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

# need PACKAGE...: installs the Debian packages that are not there yet, quietly.
need() {
    local missing as_root=() log
    command -v dpkg-query apt-get >/dev/null \
        || fail "this is not a Debian or Ubuntu system; install what brings these, and call swift build yourself: $*"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}" >&2
    log=$(mktemp)
    # The lists may be missing or old: update only where the first attempt fails.
    if ! apt_install "${missing[@]}" >"$log" 2>&1; then
        { "${as_root[@]}" apt-get update -qq && apt_install "${missing[@]}"; } >"$log" 2>&1 || {
            cat "$log" >&2
            rm -f "$log"
            fail "apt-get could not install ${missing[*]}"
        }
    fi
    rm -f "$log"
}

# apt_install PACKAGE...: for `need`, with its as_root.
apt_install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null
}

# need_swift: Swift 6.2 or later, from PATH.
need_swift() {
    command -v swift >/dev/null || fail "swift is not there; install Swift 6.2 or later: https://www.swift.org/install/linux"
}

# need_python MODULE...: Python with these modules, in .build/venv of the package where the system's has them not.
# Tests look there first.
need_python() {
    local imports
    imports=$(printf 'import %s;' "$@")
    need python3
    if [[ -x .build/venv/bin/python3 ]]; then
        .build/venv/bin/python3 -c "$imports" 2>/dev/null && return 0
    elif python3 -c "$imports" 2>/dev/null; then
        return 0
    else
        need python3-venv
        python3 -m venv .build/venv || fail "python3 could not make .build/venv"
    fi
    .build/venv/bin/python3 -m pip install --quiet --disable-pip-version-check "$@" >&2 || fail "pip could not install $*"
}

# provider_products: the names of the provider plugins in Package.swift, and of their host.
provider_products() {
    grep -o '"recapi-provider-[a-z0-9-]*"' Package.swift | tr -d '"' | sort -u
}

# build_release: builds recapi and its providers, with what that needs, into .build/release.
build_release() {
    local product
    need_swift
    need libssl-dev libgnutls28-dev libp11-kit-dev pkg-config
    for product in recapi $(provider_products); do
        echo "building $product" >&2
        swift build -c release --quiet --product "$product" >&2
    done
}
