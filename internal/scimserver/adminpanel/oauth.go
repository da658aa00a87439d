package adminpanel

import (
	"net/http"
)

// oauthPage is the data of oauth.html.
type oauthPage struct {
	page
	ClientID string // "": there is none
	TokenURL string
	FormKey  string
}

// secretPage is the data of oauth-secret.html, the only place that ever holds
// the secret of an OAuth client.
type secretPage struct {
	page
	ClientID, Secret, TokenURL string
	Enabled                    bool
	Again                      bool // there was one before
}

// withoutOAuth answers where this server has no place to get access tokens.
func (p *Panel) withoutOAuth(w http.ResponseWriter, r *http.Request, v *visit) bool {
	if p.o.TokenURL != nil {
		return false
	}
	p.fail(w, r, v, http.StatusNotFound, "There is no OAuth here", "This server gives no access tokens; use the SCIM token.")
	return true
}

func (p *Panel) showOAuth(w http.ResponseWriter, r *http.Request, v *visit) {
	if p.withoutOAuth(w, r, v) {
		return
	}
	p.render(w, http.StatusOK, "oauth", oauthPage{
		page: p.page(r, v, "OAuth client", "connection"), ClientID: v.tenant.connection.OAuthClientID(), TokenURL: p.tokenURL(r, v.tenant), FormKey: v.session.newFormKey(),
	})
}

// usedKey answers where the form's key is spent, which a reload of the page
// with the secret would send again.
func (p *Panel) usedKey(w http.ResponseWriter, r *http.Request, v *visit) bool {
	if v.session.useFormKey(r.PostFormValue("key")) {
		return false
	}
	p.fail(w, r, v, http.StatusConflict, "Nothing was changed", "This form was used already, or a newer one was opened. A secret that was shown is still good, but it cannot be shown again.")
	return true
}

func (p *Panel) makeClient(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	if p.withoutOAuth(w, r, v) || p.usedKey(w, r, v) {
		return
	}
	id, secret, err := c.NewOAuthClient()
	if err != nil {
		p.o.Log.Error().Err(err).Msg("making an oauth client")
		p.fail(w, r, v, http.StatusInternalServerError, "No client was made", "The server could not save it; its log says why. Everything is as it was.")
		return
	}
	p.showSecret(w, r, v, id, secret, false)
}

func (p *Panel) makeSecret(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	if p.withoutOAuth(w, r, v) || p.usedKey(w, r, v) {
		return
	}
	id := c.OAuthClientID()
	if id == "" {
		p.fail(w, r, v, http.StatusConflict, "There is no client", "It was removed meanwhile. Make a new one.")
		return
	}
	secret, err := c.NewOAuthSecret()
	if err != nil {
		p.o.Log.Error().Err(err).Msg("making a new oauth secret")
		p.fail(w, r, v, http.StatusInternalServerError, "No new secret was made", "The server could not save it; its log says why. The secret before is still good.")
		return
	}
	p.showSecret(w, r, v, id, secret, true)
}

func (p *Panel) showSecret(w http.ResponseWriter, r *http.Request, v *visit, id, secret string, again bool) {
	p.render(w, http.StatusOK, "oauth-secret", secretPage{
		page: p.page(r, v, "Your OAuth client", "connection"), ClientID: id, Secret: secret, TokenURL: p.tokenURL(r, v.tenant), Enabled: v.tenant.connection.Enabled(), Again: again,
	})
}

func (p *Panel) removeClient(w http.ResponseWriter, r *http.Request, v *visit) {
	if p.withoutOAuth(w, r, v) || p.usedKey(w, r, v) {
		return
	}
	if err := v.tenant.connection.RemoveOAuthClient(); err != nil {
		p.o.Log.Error().Err(err).Msg("removing the oauth client")
		p.fail(w, r, v, http.StatusInternalServerError, "The client was not removed", "The server could not save it; its log says why. The client works on.")
		return
	}
	v.session.say("The OAuth client is gone, and its access tokens with it.")
	redirect(w, "oauth")
}
