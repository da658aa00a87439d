#!/bin/sh
# Provides what the tests need beside Go, where it can, and says what it could not.
# The tests then skip, with a word.

# Chromium: the panel's tests drive a real browser.
browser() {
	for name in chromium chromium-browser google-chrome; do
		if command -v "$name" >/dev/null 2>&1; then return; fi
	done
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
		echo "no browser found: installing Debian's chromium for the panel tests"
		if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1; then
			return
		fi
		echo "installing chromium did not work; the browser tests will be skipped"
		return
	fi
	echo "no browser found, and this user cannot install one: the browser tests will be skipped (install chromium to run them)"
}

# PostgreSQL: the tests of the ledger start a server of their own.
postgres() {
	if command -v initdb >/dev/null 2>&1; then return; fi
	for path in /usr/lib/postgresql/*/bin/initdb; do
		if [ -e "$path" ]; then return; fi
	done
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
		echo "no PostgreSQL found: installing Debian's postgresql for the ledger tests"
		if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql; } >/dev/null 2>&1; then
			return
		fi
		echo "installing postgresql did not work; the tests of the PostgreSQL ledger will be skipped"
		return
	fi
	echo "no PostgreSQL found, and this user cannot install one: the tests of its ledger will be skipped (install postgresql to run them)"
}

# axe-core: rules of accessibility that each page of the panel must pass.
axe() {
	if [ -n "${OKTASCIM_AXE:-}" ]; then return; fi
	dir=$(dirname "$0")/../browsertest
	if [ -e "$dir/node_modules/axe-core/axe.min.js" ] && [ ! "$dir/package.json" -nt "$dir/node_modules/.package-lock.json" ]; then return; fi
	for name in node npm; do
		if ! command -v "$name" >/dev/null 2>&1; then
			echo "no $name found: the accessibility tests will be skipped (install Node.js 18 or later, with npm, to run them)"
			return
		fi
	done
	echo "installing axe-core from npm for the accessibility tests"
	if ! out=$(cd "$dir" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --fetch-retries=1 2>&1); then
		echo "$out"
		echo "npm install did not work: the accessibility tests will be skipped"
	fi
}

browser
postgres
axe
