#!/usr/bin/env bash
# The manual procedure under GNU parallel: parallel.sh JOBS PASSWORD_FILE OUT FILE... (LEGACY=1 as in manual.sh).
set -euo pipefail
jobs=$1 password=file:$2 out=$3
shift 3
export password out legacy=${LEGACY:+-legacy}
# Each job's shell expands what is quoted here; parallel says once more what it is named after, unless told not to.
# shellcheck disable=SC2016
SHELL=/bin/sh parallel --will-cite --null --jobs "$jobs" --halt now,fail=1 '
    openssl pkcs12 -in {} -passin "$password" -out "$out"/{/.}.pem -nodes $legacy &&
    openssl pkcs12 -export -in "$out"/{/.}.pem -passout "$password" -out "$out"/{/}' \
    < <((($# == 0)) || printf '%s\0' "$@")
