package oktasource

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/oktascim/oktascim/internal/nearest"
)

// AppNotFound is the error of a label or id that no app has.
type AppNotFound struct {
	App string
	// Nearest are labels that are like it.
	Nearest []string
}

func (e *AppNotFound) Error() string {
	return fmt.Sprintf("there is no app %q in this org, or the token may not see it%s", e.App, didYouMean(e.Nearest))
}

// AppAmbiguous is the error of a label that several apps have.
type AppAmbiguous struct {
	Label string
	IDs   []string
}

func (e *AppAmbiguous) Error() string {
	return fmt.Sprintf("%d apps have the label %q: name the app by its id instead, one of %s", len(e.IDs), e.Label, strings.Join(e.IDs, ", "))
}

// isAppID reports whether text has the form of an app's id: 0oa and 17 more characters,
// as all recorded ones.
func isAppID(text string) bool {
	return len(text) == 20 && strings.HasPrefix(text, "0oa") &&
		!strings.ContainsFunc(text, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
}

// findApp finds the app by its id, or by its label exactly. The error is [AppNotFound]
// or [AppAmbiguous], or says what could not be read.
func (s *Source) findApp(ctx context.Context) (app, error) {
	if isAppID(s.opt.App) {
		a, err := s.appByID(ctx, s.opt.App)
		if !notFound(err) {
			return a, err
		}
	}
	var exact []app
	// q is a prefix of name or label.
	err := list(ctx, s, "/api/v1/apps", url.Values{"q": {s.opt.App}}, appsPage, func(a app) {
		if a.Label == s.opt.App {
			exact = append(exact, a)
		}
	})
	// Lists by q may come unpaged, without Link lines, as those of groups do. A label that
	// is then not found is an error as well.
	if err != nil && !errors.Is(err, errNoLinks) {
		return app{}, fmt.Errorf("looking for the app %q: %w", s.opt.App, err)
	}
	switch len(exact) {
	case 0:
		return app{}, s.noApp(ctx)
	case 1:
		// The list may show fewer properties than the app has.
		return s.appByID(ctx, exact[0].ID)
	}
	e := &AppAmbiguous{Label: s.opt.App}
	for _, a := range exact {
		e.IDs = append(e.IDs, a.ID)
	}
	return app{}, e
}

func (s *Source) appByID(ctx context.Context, id string) (app, error) {
	var a app
	if _, err := s.get(ctx, appPath(id, ""), nil, &a); err != nil {
		return app{}, fmt.Errorf("the app %s: %w", id, err)
	}
	if a.ID != id {
		return app{}, &Error{Method: "GET", Path: appPath(id, ""), Status: 200, Summary: "answered with success and another app"}
	}
	return a, nil
}

func (s *Source) noApp(ctx context.Context) error {
	e := &AppNotFound{App: s.opt.App}
	var labels []string
	err := list(ctx, s, "/api/v1/apps", nil, appsPage, func(a app) { labels = append(labels, a.Label) })
	if err != nil && len(labels) == 0 {
		return fmt.Errorf("%w (and the org's apps cannot be listed: %w)", e, err)
	}
	e.Nearest = nearest.Several(s.opt.App, labels)
	return e
}
