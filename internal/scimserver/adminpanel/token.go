package adminpanel

import (
	"net/http"
	"slices"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// tokenLives is how long a token may be good: what the form offers, with the
// life that the server was started with chosen.
func tokenLives(c *scimserver.Connection) []choice {
	const day = 24 * time.Hour
	list := []choice{{Value: "0s", Text: "Until it is replaced"}}
	for _, life := range []time.Duration{time.Hour, day, 7 * day, 30 * day, 90 * day, 365 * day} {
		list = append(list, choice{Value: life.String(), Text: lifeText(life)})
	}
	chosen := c.TokenLife().String()
	if !slices.ContainsFunc(list, func(x choice) bool { return x.Value == chosen }) {
		list = append(list, choice{Value: chosen, Text: chosen})
	}
	return choices(chosen, list...)
}

func lifeText(life time.Duration) string {
	if life < 24*time.Hour {
		return plural(int(life/time.Hour), "hour", "hours")
	}
	return plural(int(life/(24*time.Hour)), "day", "days")
}

// newTokenPage is the data of new-token.html.
type newTokenPage struct {
	page
	HasToken bool
	Token    scimserver.TokenInfo
	Lives    []choice
	FormKey  string
}

func (p *Panel) askNewToken(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	p.render(w, http.StatusOK, "new-token", newTokenPage{
		page: p.page(r, v, "New SCIM token", "connection"), HasToken: c.HasToken(), Token: c.Token(), Lives: tokenLives(c), FormKey: v.session.newFormKey(),
	})
}

// tokenPage is the data of token.html, the only place that ever holds a token.
type tokenPage struct {
	page
	Token   string
	Expires time.Time // zero: never
	SCIMURL string
	Enabled bool
	Again   bool // there was one before
}

func (p *Panel) makeNewToken(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	life := c.TokenLife()
	if text := r.PostFormValue("life"); text != "" {
		if !slices.ContainsFunc(tokenLives(c), func(x choice) bool { return x.Value == text }) {
			p.fail(w, r, v, http.StatusBadRequest, "How long is it good?", "The form does not say one of the times that are offered. No token was made.")
			return
		}
		life, _ = time.ParseDuration(text) // one of ours
	}
	if !v.session.useFormKey(r.PostFormValue("key")) {
		p.fail(w, r, v, http.StatusConflict, "No new token was made", "This form was used already, or a newer one was opened. The token that was shown is still good, but it cannot be shown again.")
		return
	}
	again := c.HasToken()
	token, err := c.NewTokenFor(life)
	if err != nil {
		p.o.Log.Error().Err(err).Msg("making a new token")
		p.fail(w, r, v, http.StatusInternalServerError, "No new token was made", "The server could not save it; its log says why. The token before is still good.")
		return
	}
	p.render(w, http.StatusOK, "token", tokenPage{
		page: p.page(r, v, "Your new SCIM token", "connection"), Token: token, Expires: c.Token().Expires, SCIMURL: p.scimURL(r, v.tenant), Enabled: c.Enabled(), Again: again,
	})
}
