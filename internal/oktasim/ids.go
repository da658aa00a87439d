package oktasim

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Prefixes of Okta ids (all 774 recorded ids begin with one of these or their kin).
const (
	prefixUser        = "00u"
	prefixGroup       = "00g"
	prefixApp         = "0oa"
	prefixAppUser     = "0ua" // only as a target of a log event: an app user's id is the user's
	prefixUserType    = "oty"
	prefixSchema      = "osc"
	prefixPushMapping = "gPm"
	prefixMapping     = "prm"
	prefixOrg         = "00o"
	prefixToken       = "00T"
	prefixJob         = "gam"
	prefixRule        = "0pr"
	prefixHook        = "who"
	prefixShare       = "prl"
	prefixRealm       = "guo"
	prefixGrant       = "gra" // a guess: no source shows the id of a grant
)

const (
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// idMaker makes ids of Okta's form: a prefix of three, seven lower-case base-36 digits
// that rise with every id, seven base-62 characters and the org's cell suffix: 20 in
// all. The same seed gives the same ids in the same order. Real ids rise only roughly;
// here they rise strictly, so that the order of ids is the order of creation.
//
// Not for secrets: whoever knows the seed knows the ids.
type idMaker struct {
	rng  *rand.Rand
	next uint64
	cell string
}

func newIDMaker(seed uint64, cell string) *idMaker {
	rng := rand.New(rand.NewPCG(seed, 0x6f6b7461)) //nolint:gosec // ids are deterministic on purpose and protect nothing
	// Seven base-36 digits; starting above 36^6 keeps the first digit from being 0.
	return &idMaker{rng: rng, next: 2_500_000_000 + rng.Uint64N(40_000_000_000), cell: cell}
}

func (m *idMaker) id(prefix string) string {
	m.next += 1 + m.rng.Uint64N(900)
	mid := strconv.FormatUint(m.next, 36)
	var b strings.Builder
	b.Grow(20)
	b.WriteString(prefix)
	b.WriteString(strings.Repeat("0", max(0, 7-len(mid))))
	b.WriteString(mid[max(0, len(mid)-7):])
	m.chars(&b, 7)
	b.WriteString(m.cell)
	return b.String()
}

func (m *idMaker) chars(b *strings.Builder, n int) {
	for range n {
		b.WriteByte(base62[m.rng.IntN(len(base62))])
	}
}

// random returns n random bytes, for error ids, request ids and event uuids.
func (m *idMaker) random(n int) []byte {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(m.rng.Uint32())
	}
	return raw
}

// errorID is "oae" and 22 url-safe characters.
func (m *idMaker) errorID() string {
	return "oae" + base64.RawURLEncoding.EncodeToString(m.random(17))[:22]
}

// requestID is the newer form: 32 hex digits.
func (m *idMaker) requestID() string { return hex.EncodeToString(m.random(16)) }

func (m *idMaker) uuid() string {
	h := hex.EncodeToString(m.random(16))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// idSet is a sorted list of ids, each once: small, ordered, and cheap to page through
// from a cursor.
type idSet []string

func (s idSet) has(id string) bool {
	_, found := slices.BinarySearch(s, id)
	return found
}

// add reports whether id was new.
func (s *idSet) add(id string) bool {
	i, found := slices.BinarySearch(*s, id)
	if found {
		return false
	}
	*s = slices.Insert(*s, i, id)
	return true
}

// remove reports whether id was there.
func (s *idSet) remove(id string) bool {
	i, found := slices.BinarySearch(*s, id)
	if !found {
		return false
	}
	*s = slices.Delete(*s, i, i+1)
	return true
}

// after returns the ids behind the cursor; all of them for an empty one. The cursor
// need not be in the set any more: rows that come and go between two pages move
// nothing else.
func (s idSet) after(cursor string) idSet {
	if cursor == "" {
		return s
	}
	i, found := slices.BinarySearch(s, cursor)
	if found {
		i++
	}
	return s[i:]
}

// looksLikeID reports whether s has the form of an id of this kind of system.
func looksLikeID(s string) bool {
	return len(s) == 20 && strings.Trim(s, base62) == ""
}

// suffixOf pads or cuts a cell name to the three characters that end every id.
func suffixOf(cell string) string {
	for len(cell) < 3 {
		cell += string(base36[len(cell)])
	}
	return cell[:3]
}
