// Package targetprofile is what is known about one kind of SCIM server: a plain
// file that the tester writes (scimconform --profile-out FILE), that people edit
// and that the agent reads (configs/profiles/*.yaml).
//
// It holds data and their checks, and nothing that speaks SCIM: three readings of
// the protocol share this file, and no code beyond it.
//
// Every fact may be missing, and a missing one means "not known", never "no". Who
// reads a profile falls back on what every server must take, and on looking.
package targetprofile

// Version is the version of the format. A reader refuses another one.
const Version = 1

// Profile is one kind of server.
type Profile struct {
	// Version is [Version].
	Version int `yaml:"version"`
	// Name is how people call the server, for example "AWS IAM Identity Center".
	Name string `yaml:"name,omitempty"`
	// Learned says from which run the facts come; nil for a profile written by hand.
	Learned *Learned `yaml:"learned,omitempty"`

	Lists   Lists   `yaml:"lists,omitempty"`
	Members Members `yaml:"members,omitempty"`
	Patch   Patch   `yaml:"patch,omitempty"`
	Bulk    Bulk    `yaml:"bulk,omitempty"`
	ETag    ETag    `yaml:"etag,omitempty"`
	Case    Case    `yaml:"case,omitempty"`
	Users   Kind    `yaml:"users,omitempty"`
	Groups  Kind    `yaml:"groups,omitempty"`
	Rate    Rate    `yaml:"rate,omitempty"`

	// Sources says for a fact, by its path as in "patch.groups.addMembers", where it
	// comes from: a page, or the scenario that showed it.
	Sources map[string]string `yaml:"sources,omitempty"`
}

// Learned names the run that a profile was learned from.
type Learned struct {
	// By is the program with its version.
	By string `yaml:"by"`
	// From is the SCIM base URL.
	From string `yaml:"from"`
	// Day is the day in UTC, as 2006-01-02.
	Day string `yaml:"day"`
}

// Support is what a server makes of a form of a request.
type Support string

const (
	// Works means that the form was taken and its effect was read back.
	Works Support = "works"
	// Refused means that it was answered with an error.
	Refused Support = "refused"
	// Ignored means that it was taken with 2xx and changed nothing, the worst of
	// the three: who believes the answer leaves people with access.
	Ignored Support = "ignored"
)

// PageStyle is how the next page of a list is asked for.
type PageStyle string

const (
	// Index is startIndex and count (RFC 7644 §3.4.2.4).
	Index PageStyle = "index"
	// Cursor is cursor and count (RFC 9865).
	Cursor PageStyle = "cursor"
	// OnePage means that the first page is all there is, whatever startIndex says.
	OnePage PageStyle = "one-page"
)

// Lists is about GET /Users and GET /Groups.
type Lists struct {
	// Pages are the styles that work (RFC 7644 §3.4.2.4, RFC 9865 §2).
	Pages []PageStyle `yaml:"pages,omitempty"`
	// LargestPageSeen is the most resources that one answer has held: a page of this
	// size works. Larger ones may.
	LargestPageSeen int `yaml:"largestPageSeen,omitempty"`
	// MaxPage is the size at which pages were cut although more was asked for, or that
	// the server states as filter.maxResults (RFC 7643 §5).
	MaxPage int `yaml:"maxPage,omitempty"`
	// Filters says which filters find what they are for, by attribute and operator
	// ("userName eq", "externalId eq", "members.value eq"; RFC 7644 §3.4.2.2).
	Filters map[string]Support `yaml:"filters,omitempty"`
	// ExcludedAttributes says whether excludedAttributes=members leaves the members of
	// a group out (RFC 7644 §3.4.2.5): a list of large groups is then cheap.
	ExcludedAttributes Support `yaml:"excludedAttributes,omitempty"`
}

// MemberRead is a way to find out who is in a group.
type MemberRead string

const (
	// InGroup is members in GET /Groups/{id} (RFC 7643 §4.2).
	InGroup MemberRead = "group"
	// InGroupList is members in GET /Groups.
	InGroupList MemberRead = "group-list"
	// ByFilter is GET /Groups?filter=members.value eq "…".
	ByFilter MemberRead = "filter"
	// OfUser is groups in GET /Users/{id} (RFC 7643 §4.1.2).
	OfUser MemberRead = "user"
)

// Members is about the members of groups.
type Members struct {
	// Read are the ways that showed members who were put there.
	Read []MemberRead `yaml:"read,omitempty"`
	// Hidden are the ways that did not show them although the request was answered.
	Hidden []MemberRead `yaml:"hidden,omitempty"`
	// InCreate says whether the members of POST /Groups are there afterwards.
	InCreate Support `yaml:"inCreate,omitempty"`
	// MostPerPatchSeen is the most members that one PATCH has added with effect.
	MostPerPatchSeen int `yaml:"mostPerPatchSeen,omitempty"`
	// RefusedPerPatch is the least number of members in one PATCH that was refused
	// although fewer are taken.
	RefusedPerPatch int `yaml:"refusedPerPatch,omitempty"`
}

// Patch is about the forms of PATCH (RFC 7644 §3.5.2).
type Patch struct {
	Users  UserPatch  `yaml:"users,omitempty"`
	Groups GroupPatch `yaml:"groups,omitempty"`
}

// UserPatch is what PATCH of a person takes.
type UserPatch struct {
	// WithoutPath is replace with an object as value, Okta's form.
	WithoutPath Support `yaml:"withoutPath,omitempty"`
	// ByPath is replace with a path, for example active.
	ByPath Support `yaml:"byPath,omitempty"`
}

// GroupPatch is what PATCH of a group takes.
type GroupPatch struct {
	// RenameWithoutPath is replace with {"id": …, "displayName": …}, Okta's form.
	RenameWithoutPath Support `yaml:"renameWithoutPath,omitempty"`
	// RenameByPath is replace on path displayName.
	RenameByPath Support `yaml:"renameByPath,omitempty"`
	// AddMembers is add on path members.
	AddMembers Support `yaml:"addMembers,omitempty"`
	// RemoveByFilter is remove on path members[value eq "…"], Okta's form.
	RemoveByFilter Support `yaml:"removeByFilter,omitempty"`
	// RemoveByValue is remove on path members with the members as value, which is not
	// in RFC 7644 and which some servers want.
	RemoveByValue Support `yaml:"removeByValue,omitempty"`
	// ReplaceMembers is replace on path members.
	ReplaceMembers Support `yaml:"replaceMembers,omitempty"`
	// ReplaceWithoutPath is replace with {"members": […]}.
	ReplaceWithoutPath Support `yaml:"replaceWithoutPath,omitempty"`
}

// Bulk is about POST /Bulk (RFC 7644 §3.7).
type Bulk struct {
	// Offered is bulk.supported of the server's own configuration (RFC 7643 §5).
	Offered *bool `yaml:"offered,omitempty"`
	// Requests says whether a bulk request was carried out.
	Requests Support `yaml:"requests,omitempty"`
	// MaxOperations and MaxPayloadBytes are the server's own statements.
	MaxOperations   int `yaml:"maxOperations,omitempty"`
	MaxPayloadBytes int `yaml:"maxPayloadBytes,omitempty"`
}

// ETag is about versions (RFC 7644 §3.14).
type ETag struct {
	// Sent says whether a resource comes with a version.
	Sent *bool `yaml:"sent,omitempty"`
	// StaleIfMatch says what an old version in If-Match does: "refused" (412) is what
	// protects from lost updates, "ignored" means that the write went through.
	StaleIfMatch Support `yaml:"staleIfMatch,omitempty"`
}

// CaseRule says whether two spellings of a name mean the same.
type CaseRule string

const (
	// AnyCase means that a name is found in any case, as RFC 7643 §4.1.1 says of userName.
	AnyCase CaseRule = "ignored"
	// ExactCase means that it is found only as it is written.
	ExactCase CaseRule = "exact"
)

// Case is about lookups in another case.
type Case struct {
	UserName    CaseRule `yaml:"userName,omitempty"`
	DisplayName CaseRule `yaml:"displayName,omitempty"`
}

// AfterDelete is what DELETE leaves.
type AfterDelete string

const (
	// Gone means that a GET of the same id answers 404.
	Gone AfterDelete = "gone"
	// Deactivated means that the person is still there and inactive.
	Deactivated AfterDelete = "deactivated"
	// Kept means that DELETE was answered with 2xx and everything is as it was.
	Kept AfterDelete = "kept"
	// NoDelete means that DELETE is refused.
	NoDelete AfterDelete = "refused"
)

// Kind is what is known about people or about groups.
type Kind struct {
	// Delete is what DELETE leaves (RFC 7644 §3.6).
	Delete AfterDelete `yaml:"delete,omitempty"`
	// NameFreeAfterDelete says whether the name can be taken again after a DELETE.
	NameFreeAfterDelete *bool `yaml:"nameFreeAfterDelete,omitempty"`
	// RefusedAttributes are attributes because of which a resource was refused that is
	// taken without them.
	RefusedAttributes []string `yaml:"refusedAttributes,omitempty"`
	// DroppedAttributes are attributes that were taken and never came back. A write
	// of them cannot be confirmed, and would be sent again for ever.
	DroppedAttributes []string `yaml:"droppedAttributes,omitempty"`
}

// Rate is about limits. Without a documented number there is only what was seen.
type Rate struct {
	// Throttled says that 429 was answered at least once.
	Throttled bool `yaml:"throttled,omitempty"`
	// RetryAfterSeconds is the longest wait that a 429 asked for (RFC 9110 §10.2.3).
	RetryAfterSeconds int `yaml:"retryAfterSeconds,omitempty"`
	// RequestsPerSecond is a documented limit; a run never states it.
	RequestsPerSecond float64 `yaml:"requestsPerSecond,omitempty"`
}
