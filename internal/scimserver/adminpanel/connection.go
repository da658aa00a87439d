package adminpanel

import (
	"net/http"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// connectionPage is the data of connection.html.
type connectionPage struct {
	page
	Enabled  bool
	HasToken bool
	SCIMURL  string
	FormKey  string // for the first token; a new one is asked about first
	Users    int
	Groups   int
	Last     *scimserver.RequestRecord // nil: none yet
}

func (p *Panel) showConnection(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	x := connectionPage{page: p.page(r, v, "Connection", "connection"), Enabled: c.Enabled(), HasToken: c.HasToken(), SCIMURL: p.scimURL(r, v.tenant)}
	if !x.HasToken {
		x.FormKey = v.session.newFormKey()
	}
	_, x.Users = v.tenant.server.Users(0, 0)
	_, x.Groups = v.tenant.server.Groups(0, 0)
	if last := c.Requests(); len(last) > 0 {
		x.Last = &last[0]
	}
	p.render(w, http.StatusOK, "connection", x)
}

func (p *Panel) switchConnection(w http.ResponseWriter, r *http.Request, v *visit) {
	var on bool
	switch r.PostFormValue("enabled") {
	case "true":
		on = true
	case "false":
	default:
		p.fail(w, r, v, http.StatusBadRequest, "On or off?", "The form says neither. Nothing was changed.")
		return
	}
	if err := v.tenant.connection.SetEnabled(on); err != nil {
		p.o.Log.Error().Err(err).Msg("switching the connection")
		p.fail(w, r, v, http.StatusInternalServerError, "The switch did not move", "The server could not save it; its log says why. The connection is as it was.")
		return
	}
	if on {
		v.session.say("The connection is on.")
	} else {
		v.session.say("The connection is off. Every SCIM call is refused until it is on again.")
	}
	redirect(w, "./#switch") // there the focus stays, also without script
}

// newTokenPage is the data of new-token.html.
type newTokenPage struct {
	page
	HasToken bool
	FormKey  string
}

func (p *Panel) askNewToken(w http.ResponseWriter, r *http.Request, v *visit) {
	p.render(w, http.StatusOK, "new-token", newTokenPage{page: p.page(r, v, "New SCIM token", "connection"), HasToken: v.tenant.connection.HasToken(), FormKey: v.session.newFormKey()})
}

// tokenPage is the data of token.html, the only place that ever holds a token.
type tokenPage struct {
	page
	Token   string
	SCIMURL string
	Enabled bool
	Again   bool // there was one before
}

func (p *Panel) makeNewToken(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.session.useFormKey(r.PostFormValue("key")) {
		p.fail(w, r, v, http.StatusConflict, "No new token was made", "This form was used already, or a newer one was opened. The token that was shown is still good, but it cannot be shown again.")
		return
	}
	again := v.tenant.connection.HasToken()
	token, err := v.tenant.connection.NewToken()
	if err != nil {
		p.o.Log.Error().Err(err).Msg("making a new token")
		p.fail(w, r, v, http.StatusInternalServerError, "No new token was made", "The server could not save it; its log says why. The token before is still good.")
		return
	}
	p.render(w, http.StatusOK, "token", tokenPage{
		page: p.page(r, v, "Your new SCIM token", "connection"), Token: token, SCIMURL: p.scimURL(r, v.tenant), Enabled: v.tenant.connection.Enabled(), Again: again,
	})
}
