#!/bin/sh
# Runs an installed recapi through its main job, as a user without a Swift toolchain does: sample files are made, converted,
# also with a provider in a process of its own, and verified.
#
# usage: try.sh RECAPI PROVIDER...   the command, and the providers that have to be usable
set -eu
recapi=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# clean COMMAND ARG...: without anything of the environment that could help it.
clean() {
    env -i PATH=/usr/bin:/bin HOME="$folder" "$@"
}

clean "$recapi" --version
clean "$recapi" providers --json > providers.json || true
for provider in "$@"; do
    # Keys are sorted: a provider's name comes before its usable.
    tr -d ' \n' < providers.json | tr '{' '\n' | grep "\"name\":\"$provider\"" | grep -q '"usable":true' || {
        echo "the provider $provider is not usable:" >&2
        clean "$recapi" providers >&2
        exit 1
    }
done
clean "$recapi" sample files --site berlin --count 2 --keys 1 > sample.txt
clean "$recapi" run files/pipeline.json
clean "$recapi" verify files/converted/manifest.json --password file:files/passwords/output
clean "$recapi" convert files/berlin --out isolated --password file:files/passwords/berlin \
    --output-password file:files/passwords/output --isolate "$1"
[ "$(find isolated -name '*.pfx' | wc -l)" -eq 2 ]
echo "recapi works: $recapi"
