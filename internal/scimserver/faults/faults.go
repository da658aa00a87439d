package faults

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/internal/nearest"
)

// The flows that a fault can break: what an admin would see fail in Okta, or [RFC].
const (
	TestCredentials = "Test API Credentials" //nolint:gosec // G101: the name of a button
	CreateUsers     = "Create Users"
	UpdateUsers     = "Update User Attributes"
	DeactivateUsers = "Deactivate Users"
	ReactivateUsers = "Reactivate Users"
	SyncPassword    = "Sync Password"
	ImportUsers     = "Import Users"
	ImportGroups    = "Import Groups"
	PushGroups      = "Push Groups"

	// RFC is for what Okta does not meet, but other clients do.
	RFC = "rfc"
)

// Flows are the flows in the order of a person's and a group's life.
func Flows() []string {
	return []string{TestCredentials, CreateUsers, UpdateUsers, DeactivateUsers, ReactivateUsers, SyncPassword, ImportUsers, ImportGroups, PushGroups, RFC}
}

// Fault is one defect of a server.
type Fault struct {
	// ID is stable: flow or subject, a dot, what is wrong.
	ID string
	// Title says what the server does wrong, as a sentence without a subject.
	Title string
	// Source is who has met it, or which sentence it breaks.
	Source string
	// Flow is what breaks: an Okta feature, or [RFC].
	Flow string

	// step is a fault that remembers nothing, fresh makes one that does.
	step  step
	fresh func() step
}

// All returns every fault, in the order of their files. The caller may change the slice.
func All() []Fault {
	return slices.Concat(
		listFaults(), pagingFaults(), filterFaults(), wireFaults(), authFaults(),
		createFaults(), userFaults(), updateFaults(), activeFaults(),
		groupFaults(), memberFaults(), patchFaults(),
		discoveryFaults(), rfcFaults(),
	)
}

// Wrap puts faults around a server; the first id is the outermost. The error names
// an id that does not exist, and those that it may have been meant to be.
func Wrap(server http.Handler, ids ...string) (http.Handler, error) {
	all := All()
	for _, id := range slices.Backward(ids) {
		i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id })
		if i < 0 {
			return nil, unknown(id, all)
		}
		server = all[i].around(server)
	}
	return server, nil
}

func unknown(id string, all []Fault) error {
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.ID
	}
	if near := nearest.Several(id, names); len(near) > 0 {
		return fmt.Errorf("there is no fault %q; did you mean %s?", id, strings.Join(near, ", "))
	}
	return fmt.Errorf("there is no fault %q", id)
}

// around puts the fault around a server.
func (f Fault) around(next http.Handler) http.Handler {
	do := f.step
	if f.fresh != nil {
		do = f.fresh()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := newCall(next, w, r)
		if err != nil {
			return // the client is gone, or sends without an end
		}
		do(c)
		c.write(w)
	})
}
