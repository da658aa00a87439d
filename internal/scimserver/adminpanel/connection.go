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
	Token    scimserver.TokenInfo
	Lives    []choice
	SCIMURL  string
	TokenURL string // "": no OAuth here
	ClientID string // of the OAuth client; "": none
	FormKey  string // for the first token; a new one is asked about first
	Users    int
	Groups   int
	Last     *scimserver.RequestRecord // nil: none yet
}

func (p *Panel) showConnection(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	x := connectionPage{page: p.page(r, v, "Connection", "connection"), Enabled: c.Enabled(), HasToken: c.HasToken(), SCIMURL: p.scimURL(r, v.tenant)}
	x.Token, x.Lives, x.TokenURL, x.ClientID = c.Token(), tokenLives(c), p.tokenURL(r, v.tenant), c.OAuthClientID()
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
