#!/bin/sh
# Checks the simulated Okta org against what others wrote: Okta's OpenAPI specification,
# through Prism (npm), and Okta's SDK v6, in a module of its own; and the filters of the
# SCIM server against another parser, in a module of its own too. Says what it skipped.
#   OKTA_OPENAPI=/path/to/management.yaml make contract
# The specification is not part of this repository: take management-minimal.yaml of
# okta/okta-management-openapi-spec, and keep only the paths of docs/simulator.md.
set -u
: "${GO:=go}"
cd "$(dirname "$0")/../oktasim" || exit 1
failed=0

specification() {
	if [ -z "${OKTA_OPENAPI:-}" ] || [ ! -f "$OKTA_OPENAPI" ]; then
		echo "skipped: Okta's specification (set OKTA_OPENAPI to its file)"
		return
	fi
	for name in node npm; do
		if ! command -v "$name" >/dev/null 2>&1; then
			echo "skipped: Okta's specification (no $name found: install Node.js 20 or later, with npm)"
			return
		fi
	done
	prism=$PWD/contract/node_modules/.bin/prism
	if [ ! -x "$prism" ] || [ contract/package.json -nt contract/node_modules/.package-lock.json ]; then
		echo "installing Prism from npm"
		if ! out=$(cd contract && npm install --no-package-lock --no-audit --no-fund 2>&1); then
			echo "$out"
			echo "skipped: Okta's specification (npm install did not work)"
			return
		fi
	fi
	OKTA_OPENAPI=$(cd "$(dirname "$OKTA_OPENAPI")" && pwd)/$(basename "$OKTA_OPENAPI") PRISM=$prism \
		"$GO" test -count=1 -v -run 'TestContract' . || failed=1
}

sdk6() {
	if ! out=$(cd sdk6test && "$GO" mod download 2>&1); then
		echo "$out"
		echo "skipped: Okta's SDK v6 (its module could not be downloaded)"
		return
	fi
	(cd sdk6test && "$GO" test -count=1 -v ./...) || failed=1
}

filters() {
	if ! out=$(cd ../scimserver/filtertest && "$GO" mod download 2>&1); then
		echo "$out"
		echo "skipped: the second opinion on filters (its module could not be downloaded)"
		return
	fi
	(cd ../scimserver/filtertest && "$GO" test -count=1 -v ./...) || failed=1
}

specification
sdk6
filters
"$GO" test -count=1 -v -run 'Story' ./sdktest || failed=1
exit $failed
