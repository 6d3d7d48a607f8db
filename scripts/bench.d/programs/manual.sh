#!/usr/bin/env bash
# The manual procedure: manual.sh plain|checked PASSWORD_FILE OUT FILE... (LEGACY=1 for files that need OpenSSL's legacy
# provider). `checked` compares the certificate's thumbprint before and after, as a careful admin's script does.
set -euo pipefail
mode=$1 password=file:$2 out=$3
shift 3
legacy=(${LEGACY:+-legacy})

# thumbprint FILE [OPTION...]
thumbprint() {
    openssl pkcs12 -in "$1" -passin "$password" -nokeys -clcerts "${@:2}" | openssl x509 -noout -fingerprint -sha1
}

for file in "$@"; do
    name=${file##*/}
    if [[ $mode == checked ]]; then before=$(thumbprint "$file" "${legacy[@]}"); fi
    openssl pkcs12 -in "$file" -passin "$password" -out "$out/${name%.*}.pem" -nodes "${legacy[@]}"
    openssl pkcs12 -export -in "$out/${name%.*}.pem" -passout "$password" -out "$out/$name"
    if [[ $mode == checked ]]; then
        after=$(thumbprint "$out/$name")
        [[ $before == "$after" ]] || { echo "$file: $before became $after" >&2; exit 1; }
    fi
done
