package conformance

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

func registerAnswers(sc *sentences, w *world) {
	sc.When(`^Okta tests the credentials$`, func(ctx context.Context) error {
		w.testCredentials(ctx, w.wire.auth.value())
		return nil
	})
	sc.When(`^Okta tests the credentials with a mistyped token$`, func(ctx context.Context) error {
		wrong := w.wire.auth
		wrong.Secret = "x" + randomHex(16)
		w.testCredentials(ctx, wrong.value())
		return nil
	})
	sc.When(`^Okta tests the credentials without a token$`, func(ctx context.Context) error {
		w.testCredentials(ctx, "")
		return nil
	})

	sc.Then(`^the answer is (\d+)(?: or (\d+))?$`, func(ctx context.Context, first int, second string) error {
		status := []int{first}
		if second != "" {
			var n int
			if _, err := fmt.Sscan(second, &n); err != nil {
				return err
			}
			status = append(status, n)
		}
		return w.expect(ctx, w.answer(), status...)
	})
	sc.Then(`^the answer is a SCIM error$`, func(context.Context) error {
		ex := w.answer()
		if err := w.object(ex); err != nil {
			return err
		}
		status, _ := member(ex.value, "status")
		switch {
		case !hasSchema(ex.value, errorURN):
			return w.fail(ex, "schemas with "+errorURN, "schemas "+showMember(ex.value, "schemas"))
		case text(ex.value, "detail") == "":
			return w.fail(ex, "a sentence in detail, which is what Okta shows to the admin", "detail "+showMember(ex.value, "detail"))
		case fmt.Sprint(status) != fmt.Sprint(ex.Status):
			return w.fail(ex, fmt.Sprintf("status %q in the body", fmt.Sprint(ex.Status)), "status "+showMember(ex.value, "status"))
		}
		return nil
	})
	sc.Then(`^the answer has the scimType "([^"]*)"$`, func(_ context.Context, want string) error {
		return w.shows(w.answer(), "scimType", want)
	})
	sc.Then(`^the answer has an id$`, func(ctx context.Context) error {
		ex := w.answer()
		if ex.Status == 0 || ex.Status >= 300 { // a refusal has none
			return setup("users.create.1", w.expect(ctx, ex, 201))
		}
		if err := w.object(ex); err != nil {
			return err
		}
		if text(ex.value, "id") == "" {
			return w.fail(ex, "a non-empty id, a string", "id "+showMember(ex.value, "id"))
		}
		return nil
	})
	sc.Then(`^the answer has the id of "([^"]*)"$`, func(_ context.Context, who string) error {
		return w.shows(w.answer(), "id", w.person(who).id)
	})
	sc.Then(`^the answer names the (User|Group) schema$`, func(_ context.Context, kind string) error {
		ex := w.answer()
		if err := w.object(ex); err != nil {
			return err
		}
		urn := map[string]string{"User": userURN, "Group": groupURN}[kind]
		if !hasSchema(ex.value, urn) {
			return w.fail(ex, "schemas with "+urn, "schemas "+showMember(ex.value, "schemas"))
		}
		return nil
	})
	sc.Then(`^the answer shows "([^"]*)" of "([^"]*)" as sent$`, func(_ context.Context, path, who string) error {
		want, err := w.person(who).sent(path)
		if err != nil {
			return err
		}
		return w.shows(w.answer(), path, want)
	})
	sc.Then(`^the answer shows "([^"]*)" as (true|false|"[^"]*")$`, func(_ context.Context, path, want string) error {
		return w.shows(w.answer(), path, w.value(want))
	})
	sc.Then(`^the answer, if it has a body, shows "([^"]*)" as (true|false|"[^"]*")$`, func(_ context.Context, path, want string) error {
		if w.answer().Status == 204 {
			return nil
		}
		return w.shows(w.answer(), path, w.value(want))
	})
	sc.Then(`^the answer has a SCIM media type$`, func(context.Context) error {
		ex := w.answer()
		kind, _, _ := strings.Cut(ex.mediaType, ";")
		if kind = strings.ToLower(strings.TrimSpace(kind)); kind != "application/scim+json" {
			return w.fail(ex, "Content-Type application/scim+json", fmt.Sprintf("%q", ex.mediaType))
		}
		return nil
	})
	sc.Then(`^no answer holds a password$`, func(context.Context) error {
		for _, ex := range w.exchanges {
			if _, there := member(ex.value, "password"); there {
				return w.fail(ex, "no password in the answer", "a member password")
			}
			for _, p := range w.passwords() {
				if bytes.Contains(ex.raw, []byte(p)) {
					return w.fail(ex, "no password in the answer", "the password that Okta has sent")
				}
			}
		}
		return nil
	})
	sc.Then(`^the answer has no body$`, func(context.Context) error {
		ex := w.answer()
		if len(bytes.TrimSpace(ex.raw)) > 0 {
			return w.fail(ex, "an empty body with 204", fmt.Sprintf("%d bytes", len(ex.raw)))
		}
		return nil
	})
}

// showMember prints a member, or "is missing".
func showMember(v any, name string) string {
	if m, ok := member(v, name); ok {
		return show(m)
	}
	return "is missing"
}
