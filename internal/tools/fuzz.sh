#!/bin/sh
# Runs every fuzz target of the module for FUZZTIME each; a crash ends the run.
set -eu
targets=$(grep -rn --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*' agent cmd internal scimclient | sed 's/:[0-9]*:func /:/')
count=0
out=$(mktemp)
for t in $targets; do
	file=${t%%:*} name=${t##*:}
	echo "fuzz ${file%/*} $name"
	$GO test "./${file%/*}" -run '^$' -fuzz "^$name\$" -fuzztime "$FUZZTIME" -fuzzminimizetime=10x >"$out" 2>&1 || { cat "$out"; rm -f "$out"; exit 1; }
	count=$((count + 1))
done
rm -f "$out"
[ "$count" -gt 0 ] || { echo "no fuzz target found"; exit 1; }
echo "$count fuzz targets, $FUZZTIME each: no crash"
