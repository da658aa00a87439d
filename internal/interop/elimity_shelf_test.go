package interop

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

// shelf keeps the resources of one type in memory for elimity's server, in the order of
// their making. It does what that library leaves to its user: uniqueness, PATCH, paging.
type shelf struct {
	unique     string // attribute that no two resources may share, compared without case
	schema     schema.Schema
	extensions []schema.Schema
	groups     *shelf // where a deleted person has to be taken out

	mu   sync.Mutex
	rows []*row
	made int
}

type row struct {
	id         string
	version    int
	attributes object

	created, modified time.Time
}

func (s *shelf) find(id string) (*row, error) {
	i := slices.IndexFunc(s.rows, func(r *row) bool { return r.id == id })
	if i < 0 {
		return nil, errors.ScimErrorResourceNotFound(id)
	}
	return s.rows[i], nil
}

// taken reports whether another resource than id has the unique value.
func (s *shelf) taken(id string, attributes object) bool {
	value, _ := attributes[s.unique].(string)
	return s.unique != "" && slices.ContainsFunc(s.rows, func(r *row) bool {
		have, _ := r.attributes[s.unique].(string)
		return r.id != id && strings.EqualFold(have, value)
	})
}

func (r *row) resource() scim.Resource {
	created, modified := r.created, r.modified
	externalID := optional.String{}
	if v, ok := r.attributes["externalId"].(string); ok {
		externalID = optional.NewString(v)
	}
	return scim.Resource{
		ID: r.id, ExternalID: externalID, Attributes: copied(r.attributes).(object),
		Meta: scim.Meta{Version: fmt.Sprintf(`W/"%d"`, r.version), Created: &created, LastModified: &modified},
	}
}

// Create implements [scim.ResourceHandler].
func (s *shelf) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken("", attributes) {
		return scim.Resource{}, errors.ScimErrorUniqueness
	}
	delete(attributes, "password")
	s.made++
	r := &row{id: fmt.Sprintf("%s-%d", strings.ToLower(s.schema.Name.Value()), s.made), version: 1, attributes: object(attributes)}
	r.created = time.Now().UTC()
	r.modified = r.created
	s.rows = append(s.rows, r)
	return r.resource(), nil
}

// Get implements [scim.ResourceHandler].
func (s *shelf) Get(_ *http.Request, id string) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return r.resource(), nil
}

// GetAll implements [scim.ResourceHandler].
func (s *shelf) GetAll(_ *http.Request, params scim.ListRequestParams) (scim.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := scim.Page{Resources: []scim.Resource{}}
	for _, r := range s.rows {
		if params.FilterValidator != nil {
			seen := maps.Clone(r.attributes)
			seen["id"] = r.id
			if params.FilterValidator.PassesFilter(seen) != nil {
				continue
			}
		}
		page.TotalResults++
		if page.TotalResults >= params.StartIndex && len(page.Resources) < params.Count {
			page.Resources = append(page.Resources, r.resource())
		}
	}
	return page, nil
}

// Replace implements [scim.ResourceHandler].
func (s *shelf) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	return s.change(id, func(object) (object, error) { return object(attributes), nil })
}

// Patch implements [scim.ResourceHandler]: all operations or none.
func (s *shelf) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	return s.change(id, func(attributes object) (object, error) {
		for _, op := range operations {
			if err := s.apply(attributes, op); err != nil {
				return nil, err
			}
		}
		return attributes, nil
	})
}

// change replaces the attributes of a resource by what f makes of a copy of them.
func (s *shelf) change(id string, f func(object) (object, error)) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	after, err := f(copied(r.attributes).(object))
	if err != nil {
		return scim.Resource{}, err
	}
	if s.taken(id, after) {
		return scim.Resource{}, errors.ScimErrorUniqueness
	}
	delete(after, "password")
	if !reflect.DeepEqual(r.attributes, after) {
		r.modified = time.Now().UTC()
	}
	r.attributes = after
	r.version++
	return r.resource(), nil
}

// Delete implements [scim.ResourceHandler].
func (s *shelf) Delete(_ *http.Request, id string) error {
	s.mu.Lock()
	_, err := s.find(id)
	s.rows = slices.DeleteFunc(s.rows, func(r *row) bool { return r.id == id })
	s.mu.Unlock()
	if err == nil && s.groups != nil {
		s.groups.forget(id)
	}
	return err
}

// forget takes a deleted person out of every group.
func (s *shelf) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if members, ok := r.attributes["members"].([]any); ok {
			r.attributes["members"] = slices.DeleteFunc(members, func(m any) bool { return in(m.(object), "value") == id })
		}
	}
}

// copied is a deep copy: the server writes its answer when the lock is given back.
func copied(v any) any {
	switch v := v.(type) {
	case scim.ResourceAttributes:
		return copied(object(v))
	case object:
		c := make(object, len(v))
		for k, e := range v {
			c[k] = copied(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = copied(e)
		}
		return c
	}
	return v
}
