#!/bin/sh
# Builds static binaries for the usual machines into dist/, with SHA-256 sums.
set -eu
rm -rf dist && mkdir -p dist
for os_arch in linux/amd64 linux/arm64 darwin/arm64 windows/amd64; do
	os=${os_arch%/*} arch=${os_arch#*/} ext=
	[ "$os" = windows ] && ext=.exe
	for name in oktascim scimconform sandbox; do
		CGO_ENABLED=0 GOOS=$os GOARCH=$arch $GO build -trimpath -ldflags "$LDFLAGS" -o "dist/$name-$os-$arch$ext" "./cmd/$name"
	done
done
(cd dist && sha256sum -- * >SHA256SUMS)
ls -l dist
