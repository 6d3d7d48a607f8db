#!/usr/bin/env bash
# Reads and writes again with Java's keytool: with_keytool.sh PASSWORD_FILE OUT FILE...
set -euo pipefail
password=$1 out=$2
shift 2
as_recapi=(
    -J-Dkeystore.pkcs12.{key,cert}ProtectionAlgorithm=PBEWithSHA1AndDESede -J-Dkeystore.pkcs12.macAlgorithm=HmacPBESHA1
    -J-Dkeystore.pkcs12.{keyPbe,certPbe,mac}IterationCount=2000
)
for file in "$@"; do
    keytool -importkeystore -noprompt -srckeystore "$file" -srcstoretype PKCS12 -srcstorepass:file "$password" \
        -destkeystore "$out/${file##*/}" -deststoretype PKCS12 -deststorepass:file "$password" "${as_recapi[@]}"
done
