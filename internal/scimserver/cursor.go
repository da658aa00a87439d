package scimserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// A cursor (RFC 9865) says behind or before which entry a page lies: the value
// by which the list is sorted and the number of the entry. So it stays good
// when resources come and go, never shows one twice for that, and needs no
// memory of the server: it does not expire, nor does a restart harm it.
//
//	1 byte   1 for the page after, 2 for the page before
//	8 bytes  number of the entry
//	1 byte   rank, then the text of the sort key
//	8 bytes  checksum over these and the identity of the list
//
// The checksum is no secret. It finds a cursor that was damaged, or that
// belongs to another filter or order.

const (
	cursorAfter  = 1
	cursorBefore = 2
	checksumSize = 8
)

func (p *position) cursor(identity string) string {
	b := []byte{cursorAfter}
	if p.back {
		b[0] = cursorBefore
	}
	b = binary.BigEndian.AppendUint64(b, uint64(p.seq))
	b = append(append(b, p.key.rank), p.key.text...)
	return base64.RawURLEncoding.EncodeToString(append(b, checksum(b, identity)...))
}

func checksum(b []byte, identity string) []byte {
	sum := sha256.Sum256(append(append([]byte{}, b...), identity...))
	return sum[:checksumSize]
}

func readCursor(text, identity string) (*position, *scimError) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	n := len(b) - checksumSize
	if err != nil || n < 10 || b[0] != cursorAfter && b[0] != cursorBefore || string(b[n:]) != string(checksum(b[:n], identity)) {
		return nil, refuse(invalidCursor, "this cursor does not belong to this list; begin with an empty one, and keep filter, sortBy and sortOrder")
	}
	return &position{back: b[0] == cursorBefore, seq: int64(binary.BigEndian.Uint64(b[1:9])), key: sortKey{b[9], string(b[10:n])}}, nil
}
