package scimserver

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
)

// newID gives 128 random bits in the form of a UUID, version 4: unique over
// users and groups, and never given twice.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// create stores a new resource. It takes the lock.
func (s *Server) create(k *kind, in *input) (*entry, error) {
	secrets := hashSecrets(in.secrets) // before the lock: it takes longest
	for a, v := range k.defaults {
		if in.attrs.get(a.Name) == nil {
			in.attrs = in.attrs.with(a.Name, v)
		}
	}
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if a := st.conflict(k, in.attrs, nil); a != nil {
		return nil, taken(k, a, in.attrs)
	}
	var members *memberEdit
	if k.members != nil {
		list, err := st.memberEntries(k.members, in.members, nil, false)
		if err != nil {
			return nil, err.under(k.members.Name)
		}
		members = newMemberEdit(nil)
		members.add(list...)
	}
	id := in.id
	if id == "" {
		id = newID()
	}
	now := s.o.Now()
	r := &resource{kind: k, id: id, seq: st.nextSeq(), version: 1, created: now, modified: now, attrs: in.attrs, secrets: secrets}
	c := &change{put: r}
	c.setMembers(st, members)
	if err := st.commit(c); err != nil {
		return nil, err
	}
	e := st.insert(r)
	if members != nil {
		for m := range members.adds.all() {
			st.link(e, m)
		}
	}
	return e, nil
}

// taken is the refusal of a value that another resource has.
func taken(k *kind, a *attribute, attrs *object) *scimError {
	value, _ := k.indexedValue(attrs, a)
	return &scimError{http.StatusConflict, uniqueness, fmt.Sprintf("/%s: there is a %s with the %s %q already", a.Name, k.name, a.Name, value)}
}

// put replaces the attributes of a resource (RFC 7644 §3.5.1). It takes the
// lock. What the client left out is unassigned, except for secrets, which it
// cannot know, and attributes with a default.
func (s *Server) put(k *kind, id string, in *input, on condition) (*entry, error) {
	secrets := hashSecrets(in.secrets)
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	e := st.find(k, id)
	if e == nil {
		return nil, notFound(k, id)
	}
	if err := on.check(e); err != nil {
		return nil, err
	}
	for a := range k.defaults {
		if in.attrs.get(a.Name) == nil {
			in.attrs = in.attrs.with(a.Name, e.r.attrs.get(a.Name))
		}
	}
	attrs, refusal := k.keepImmutable(e.r.attrs, in.attrs)
	if refusal != nil {
		return nil, refusal
	}
	in.attrs = attrs
	var members *memberEdit
	if k.members != nil {
		list, err := st.memberEntries(k.members, in.members, e, false)
		if err != nil {
			return nil, err.under(k.members.Name)
		}
		members = newMemberEdit(e.members)
		members.replace(list...)
	}
	return e, s.update(e, in.attrs, secrets, members)
}

// patch carries out operations on a resource, all or none of them. It takes
// the lock.
func (s *Server) patch(k *kind, id string, ops []operation, on condition) (*entry, error) {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	e := st.find(k, id)
	if e == nil {
		return nil, notFound(k, id)
	}
	if err := on.check(e); err != nil {
		return nil, err
	}
	d := &draft{st: st, kind: k, self: e, attrs: e.r.attrs, limits: s.filterLimits()}
	if k.members != nil {
		d.members = newMemberEdit(e.members)
	}
	for i, op := range ops {
		if err := d.apply(op); err != nil {
			return nil, err.under(fmt.Sprint(i)).under("Operations")
		}
	}
	if err := k.checkRequired(d.attrs); err != nil {
		return nil, err
	}
	return e, s.update(e, d.attrs, hashSecrets(d.secrets), d.members)
}

// update makes a new version of a resource, unless nothing is different; then
// neither version nor lastModified move. secrets holds new hashes, "" for one
// that is taken away. The lock is held.
func (s *Server) update(e *entry, attrs *object, secrets map[string]string, members *memberEdit) error {
	st := s.store
	if a := st.conflict(e.r.kind, attrs, e); a != nil {
		return taken(e.r.kind, a, attrs)
	}
	if equal(attrs, e.r.attrs) && len(secrets) == 0 && (members == nil || !members.changed()) {
		return nil
	}
	r := *e.r
	r.version++
	r.modified = s.o.Now()
	r.attrs = attrs
	if len(secrets) > 0 {
		r.secrets = maps.Clone(r.secrets)
		if r.secrets == nil {
			r.secrets = map[string]string{}
		}
		for name, hash := range secrets {
			if hash == "" {
				delete(r.secrets, name)
			} else {
				r.secrets[name] = hash
			}
		}
	}
	c := &change{put: &r}
	c.setMembers(st, members)
	if err := st.commit(c); err != nil {
		return err
	}
	st.replace(e, &r)
	if members != nil {
		for m := range members.drops {
			st.unlink(e, m)
		}
		for m := range members.adds.all() {
			st.link(e, m)
		}
	}
	return nil
}

// remove deletes a resource, and with it its memberships. It takes the lock.
func (s *Server) remove(k *kind, id string, on condition) error {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	e := st.find(k, id)
	if e == nil {
		return notFound(k, id)
	}
	if err := on.check(e); err != nil {
		return err
	}
	c := &change{drop: e.r}
	for _, g := range e.memberOf {
		c.leaves = append(c.leaves, g.r.id)
	}
	if err := st.commit(c); err != nil {
		return err
	}
	st.delete(e)
	return nil
}

func notFound(k *kind, id string) *scimError {
	return refuseStatus(http.StatusNotFound, "there is no %s with the id %q", k.name, id)
}

// keepImmutable gives the attributes that a PUT leaves: an immutable one that
// has a value must be sent with it, or is left as it is (RFC 7644 §3.5.1).
func (k *kind) keepImmutable(have, next *object) (*object, *scimError) {
	next, err := keepImmutable(k.fields, have, next)
	if err != nil {
		return nil, err
	}
	for _, x := range k.extensions {
		was, _ := have.get(x.ID).(*object)
		is, _ := next.get(x.ID).(*object)
		kept, err := keepImmutable(x.Attributes, was, is)
		if err != nil {
			return nil, err.under(x.ID)
		}
		if kept != is {
			next = next.with(x.ID, kept)
		}
	}
	return next, nil
}

func keepImmutable(defs []*attribute, have, next *object) (*object, *scimError) {
	for _, a := range defs {
		was, is := have.get(a.Name), next.get(a.Name)
		switch {
		case was == nil:
		case (a.Mutability == immutable || a.sealed) && is == nil: // a client cannot know a secret
			next = next.with(a.Name, was)
		case a.Mutability == immutable && !equal(was, is):
			return nil, refuse(mutability, "/%s: cannot be changed", a.Name)
		case a.Type == typeComplex && !a.MultiValued:
			p, _ := was.(*object)
			q, _ := is.(*object)
			kept, err := keepImmutable(a.SubAttributes, p, q)
			if err != nil {
				return nil, err.under(a.Name)
			}
			if kept != q {
				next = next.with(a.Name, kept)
			}
		}
	}
	return next, nil
}
