package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Leftover is something that a run has made and not deleted.
type Leftover struct{ Kind, ID, Name string }

func (l Leftover) String() string { return l.Kind + " " + l.Name }

// maxSweepPages bounds a walk through a list whose end never comes.
const maxSweepPages = 10_000

// FindLeftovers lists the groups and people whose name begins with prefix, which
// must begin with "scimconform-": whatever a server answers, nothing else is
// looked at. The error is a [*CannotRun] as of [Suite.Run], or says which page
// could not be read.
func FindLeftovers(ctx context.Context, o Options, prefix string) ([]Leftover, error) {
	if !regexp.MustCompile(`^scimconform-[0-9A-Za-z-]*$`).MatchString(prefix) {
		return nil, fmt.Errorf("%q: what a run makes begins with \"scimconform-\" and the id of the run, for example scimconform-3fa9c1", prefix)
	}
	w, done := o.wire()
	defer done()
	absent, err := probe(ctx, w)
	if err != nil {
		return nil, err
	}
	var all []Leftover
	for _, l := range []struct{ kind, attr string }{{"Groups", "displayName"}, {"Users", "userName"}} {
		if l.kind == "Groups" && absent["groups"] != "" {
			continue
		}
		found, err := leftovers(ctx, w, l.kind, l.attr, prefix)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// wire makes the wire of a run; done frees it.
func (o Options) wire() (w *wire, done func()) {
	done = func() {}
	if o.Transport == nil {
		t := transport(max(o.Parallel, 1))
		done, o.Transport = t.CloseIdleConnections, t
	}
	w = newWire(o.URL, o.Auth, o.Timeout, o.Transport)
	w.more = o.hidden()
	w.disabled = o.Disabled
	if o.Other != nil {
		w.other = newWire(o.Other.URL, o.Other.Auth, o.Timeout, o.Transport)
		w.other.more = o.hidden()
		w.other.readOnly = o.ReadOnly
	}
	return w, done
}

// hidden are all strings that no report of the run may show.
func (o Options) hidden() []string {
	hide := o.Auth.hidden()
	if o.Other != nil {
		hide = append(hide, o.Other.Auth.hidden()...)
	}
	if o.Disabled != nil {
		hide = append(hide, o.Disabled.hidden()...)
	}
	return hide
}

// leftovers asks with a filter, and walks through the whole list if the server
// does not know the filter or finds nobody with it.
func leftovers(ctx context.Context, w *wire, kind, attr, prefix string) ([]Leftover, error) {
	narrow := "filter=" + strings.ReplaceAll(url.QueryEscape(attr+" sw "+quote(prefix)), "+", "%20") + "&"
	some, err := walk(ctx, w, kind, attr, prefix, narrow)
	if err == nil && len(some) > 0 {
		return some, nil
	}
	return walk(ctx, w, kind, attr, prefix, "")
}

func walk(ctx context.Context, w *wire, kind, attr, prefix, query string) ([]Leftover, error) {
	var all []Leftover
	seen := map[string]bool{}
	start := 1
	for range maxSweepPages {
		ex := w.send(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/%s?%sstartIndex=%d&count=100", kind, query, start), auth: w.auth.value()})
		if ex.Status == 0 {
			return nil, &CannotRun{Problem: fmt.Sprintf("GET %s: %s", ex.URL, ex.NoAnswer)}
		}
		page, ok := list(ex.value, "Resources")
		if ex.Status != http.StatusOK {
			return nil, &CannotRun{Problem: fmt.Sprintf("GET %s: %d%s", ex.URL, ex.Status, detail(ex))}
		}
		fresh := false
		for _, r := range page {
			id, name := text(r, "id"), text(r, attr)
			if id == "" || seen[id] {
				continue
			}
			seen[id], fresh = true, true
			if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
				all = append(all, Leftover{kind, id, name})
			}
		}
		if !ok || !fresh {
			return all, nil
		}
		start += len(page)
	}
	return all, nil
}

// RemoveLeftovers deletes them, groups first, and returns what is still there. A
// person who cannot be deleted is deactivated and named.
func RemoveLeftovers(ctx context.Context, o Options, all []Leftover) []string {
	w, done := o.wire()
	defer done()
	var left []string
	for _, l := range all {
		path := "/" + l.Kind + "/" + segment(l.ID)
		ex := w.send(ctx, call{method: http.MethodDelete, path: path, auth: w.auth.value()})
		if succeeded(ex) || ex.Status == http.StatusNotFound {
			continue
		}
		name := l.String()
		if l.Kind == "Users" && succeeded(w.send(ctx, call{method: http.MethodPatch, path: path, body: patchActive(false), auth: w.auth.value()})) {
			name += " (deactivated)"
		}
		left = append(left, name)
	}
	return left
}
