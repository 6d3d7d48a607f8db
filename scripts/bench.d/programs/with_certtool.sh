#!/usr/bin/env bash
# Reads and writes again with GnuTLS' certtool: with_certtool.sh PASSWORD_FILE OUT FILE...
# It takes passwords as arguments only, loads the same key once for each PEM block of its file, and knows no iterations.
set -euo pipefail
password=$(<"$1") out=$2
shift 2
for file in "$@"; do
    name=${file##*/}
    pem=$out/${name%.*}
    certtool --p12-info --inder --infile "$file" --password "$password" --outfile "$pem.pem"
    sed -n '/BEGIN .*PRIVATE KEY/,/END/p' "$pem.pem" >"$pem.key"
    sed -n '/BEGIN CERTIFICATE/,/END/p' "$pem.pem" >"$pem.crt"
    certtool --to-p12 --load-privkey "$pem.key" --load-certificate "$pem.crt" --p12-name server --password "$password" \
        --pkcs-cipher 3des-pkcs12 --outder --outfile "$out/$name"
done
