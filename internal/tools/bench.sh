#!/bin/sh
# Runs the benchmarks and compares them with the last kept ones. Absolute times are those of
# this machine; x-bareloop is the ratio to a bare loop that posts the same bodies at the same
# concurrency in the same run. The first run's figures are kept as bench/old.txt; to measure
# against another state, delete it there and run again.
set -eu
mkdir -p bench
$GO test -run '^$' -bench . -benchtime 1x -count "${BENCHCOUNT:-3}" -timeout 60m ./internal/bench ./agent/plan ./internal/scimserver | tee bench/new.txt
if [ -f bench/old.txt ]; then
	$GO tool -modfile=internal/tools/go.mod benchstat bench/old.txt bench/new.txt
else
	cp bench/new.txt bench/old.txt
	echo "kept as bench/old.txt; the next run is compared with it"
fi
