package scimtarget

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/time/rate"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/scimclient"
)

// errMembersHidden is why a group is not replaced.
var errMembersHidden = errors.New("the target does not show the group's members, so replacing the group would lose them")

// operation is one step of a PATCH.
type operation = scimclient.Operation

func quote(s string) string { return scimclient.Quote(s) }

// wire sends the requests. What it returns has an id, and an error tells whether the
// target as a whole is out of reach ([agent.Unavailable]).
type wire struct {
	client   *scimclient.Client
	pageSize int
	limiter  *rate.Limiter
}

func (w wire) at(kind directory.Kind) scimclient.Endpoint[scimclient.Object] {
	if kind == directory.KindGroup {
		return scimclient.At[scimclient.Object](w.client, "/Groups")
	}
	return scimclient.At[scimclient.Object](w.client, "/Users")
}

// stats are the sizes of one list.
type stats struct{ pages, distinct, total int }

// list hands every resource of a list to take, as the pages come in.
func (w wire) list(ctx context.Context, kind directory.Kind, take func(resource)) (stats, error) {
	if err := w.wait(ctx); err != nil {
		return stats{}, err
	}
	l := w.at(kind).List(ctx, scimclient.Query{Count: w.pageSize})
	var failed error
	taken := 0
	for o, err := range l.All() {
		if err != nil {
			failed = classify(err)
			break
		}
		if taken++; taken%w.pageSize == 0 { // a page is over: the next one is a request too
			if failed = w.wait(ctx); failed != nil {
				break
			}
		}
		take(resource(o))
	}
	s := l.Stats()
	return stats{s.Pages, s.Distinct, s.Total}, failed
}

// search hands what a filter on one attribute finds to take. Servers ignore filters, so
// the caller compares.
func (w wire) search(ctx context.Context, kind directory.Kind, attr, value string, take func(resource)) error {
	if err := w.wait(ctx); err != nil {
		return err
	}
	l := w.at(kind).List(ctx, scimclient.Query{Filter: attr + " eq " + quote(value), Count: w.pageSize})
	for o, err := range l.All() {
		if err != nil {
			return classify(err)
		}
		take(resource(o))
	}
	return nil
}

func (w wire) get(ctx context.Context, kind directory.Kind, id directory.TargetID) (resource, error) {
	if err := w.wait(ctx); err != nil {
		return nil, err
	}
	o, err := w.at(kind).Get(ctx, string(id))
	if err != nil {
		return nil, classify(err)
	}
	r := resource(o)
	if r.id() != id {
		return nil, fmt.Errorf("the target answered with the %s %q instead of %q", kind, r.id(), id)
	}
	return r, nil
}

// create sends a POST. An answer that says success and carries no id may have made the
// object, so it counts as one that never came.
func (w wire) create(ctx context.Context, kind directory.Kind, body resource) (resource, error) {
	if err := w.wait(ctx); err != nil {
		return nil, err
	}
	o, err := w.at(kind).Create(ctx, map[string]any(body))
	if err != nil {
		return nil, classify(err)
	}
	r := resource(o)
	if r.id() == "" {
		return nil, &agent.MaybeWritten{Err: fmt.Errorf("the target answered the creation of a %s with success and without an id", kind)}
	}
	return r, nil
}

// replace sends a PUT, under the version that the resource was read with, where it has
// one; nil is returned when the answer shows no resource.
func (w wire) replace(ctx context.Context, kind directory.Kind, id directory.TargetID, body resource, version string) (resource, error) {
	if err := w.wait(ctx); err != nil {
		return nil, err
	}
	var o scimclient.Object
	var err error
	if version != "" {
		o, err = w.at(kind).Replace(ctx, string(id), map[string]any(body), scimclient.IfMatch(version))
	} else {
		o, err = w.at(kind).Replace(ctx, string(id), map[string]any(body))
	}
	if err != nil {
		return nil, classify(err)
	}
	return shown(resource(o), id), nil
}

// patch sends operations; nil is returned when the answer shows no resource.
func (w wire) patch(ctx context.Context, kind directory.Kind, id directory.TargetID, ops []operation) (resource, error) {
	if err := w.wait(ctx); err != nil {
		return nil, err
	}
	o, has, err := w.at(kind).Patch(ctx, string(id), ops)
	if err != nil {
		return nil, classify(err)
	}
	if !has {
		return nil, nil //nolint:nilnil // an answer without a resource is no error
	}
	return shown(resource(o), id), nil
}

func (w wire) remove(ctx context.Context, kind directory.Kind, id directory.TargetID) error {
	if err := w.wait(ctx); err != nil {
		return err
	}
	return classify(w.at(kind).Delete(ctx, string(id)))
}

// shown returns r if it is the resource with this id. Some servers answer writes with
// something else; that proves nothing.
func shown(r resource, id directory.TargetID) resource {
	if r.id() != id {
		return nil
	}
	return r
}

// version is what an If-Match may carry: only what the target itself put into the
// resource. An ETag header alone may be a hash that the web framework made (targets.md,
// rule 16).
func (r resource) version() string {
	meta, _ := member(r, "meta").(map[string]any)
	v, _ := member(meta, "version").(string)
	return v
}

// classify says what kind of failure an error is ([agent.Answer]) and marks those that
// every other write would meet as well.
func classify(err error) error {
	if err == nil {
		return nil
	}
	e, asked := errors.AsType[*scimclient.Error](err)
	if !asked || errors.Is(err, context.Canceled) {
		return err
	}
	answer := &agent.Answer{Class: class(e), Detail: e.Detail, RequestID: e.RequestID, Err: err}
	switch e.Status {
	case 0:
		if !scimclient.MaybeProcessed(err) {
			return &agent.Unavailable{Err: answer}
		}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &agent.Unavailable{Err: answer}
	}
	return answer
}

// class tells the kinds of failure apart. A 409 without scimType uniqueness to a PATCH,
// and a 500 that speaks of a conflict, are lost races (targets.md, rule 5).
func class(e *scimclient.Error) agent.TaskClass {
	switch s := e.Status; {
	case s == http.StatusTooManyRequests:
		return agent.Throttled
	case s == http.StatusConflict, s == http.StatusPreconditionFailed,
		s == http.StatusInternalServerError && strings.Contains(strings.ToLower(e.Detail), "conflict"):
		return agent.Conflict
	case s == 0 && e.Maybe:
		return agent.Unclear
	case s == 0, s == http.StatusBadGateway, s == http.StatusServiceUnavailable, s == http.StatusGatewayTimeout:
		return agent.Unreachable
	case s >= 400 && s < 500:
		return agent.Refused
	}
	return agent.Unclear
}

// status is the HTTP status in err, 0 if there was no answer.
func status(err error) int {
	if e, ok := errors.AsType[*scimclient.Error](err); ok {
		return e.Status
	}
	return 0
}

func notFound(err error) bool { return scimclient.IsNotFound(err) }

func conflict(err error) bool { return scimclient.IsConflict(err) }

func stale(err error) bool { return status(err) == http.StatusPreconditionFailed }

func maybeProcessed(err error) bool {
	if _, ok := errors.AsType[*agent.MaybeWritten](err); ok {
		return true
	}
	return scimclient.MaybeProcessed(err)
}

// refused reports whether the target understood a request and did not want it.
func refused(err error) bool { return status(err) >= 400 && status(err) < 500 }

// unsupported reports whether the target does not know this form of a request, so that
// another form may do: 501, 405, a 400 (which several servers answer to PATCH forms that
// they do not know), a 404 from a router instead of the SCIM server, or a 500, which is
// what a form that nobody thought of ends in. The forms are such that one after the
// other leads to the same.
func unsupported(err error) bool {
	switch status(err) {
	case http.StatusNotImplemented, http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusInternalServerError:
		return true
	case http.StatusNotFound:
		return errors.Is(err, scimclient.ErrNotSCIM)
	}
	return false
}
