#!/bin/sh
# Provides what the tests need beside Go, where it can, and says what it could not.
# Chromium: the panel's tests drive a real browser. They skip, with a word, without one.
for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	echo "no browser found: installing Debian's chromium for the panel tests"
	if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1; then
		exit 0
	fi
	echo "installing chromium did not work; the browser tests will be skipped"
	exit 0
fi
echo "no browser found, and this user cannot install one: the browser tests will be skipped (install chromium to run them)"
