#!/bin/sh
# Installs scimmy from npm beside its server, for "make interop". Says what is missing
# where it cannot; the tests then skip, with a word.
cd "$(dirname "$0")/../interop/scimmy" || exit 1
for name in node npm; do
	if ! command -v "$name" >/dev/null 2>&1; then
		echo "no $name found: the scimmy tests will be skipped (install Node.js 18 or later, with npm, to run them)"
		exit 0
	fi
done
# npm leaves a copy of the lockfile in node_modules when it is done.
if [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
	exit 0
fi
echo "installing scimmy from npm"
if ! out=$(npm ci --no-audit --no-fund --fetch-retries=1 2>&1); then
	echo "$out"
	echo "npm ci did not work: the scimmy tests will be skipped"
fi
