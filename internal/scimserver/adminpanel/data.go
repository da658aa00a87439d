package adminpanel

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// sampleSizes are how many sample people the form offers.
func sampleSizes() []int { return []int{10, 100, 1000, 10000} }

// dataPage is the data of data.html and reset.html.
type dataPage struct {
	page
	Users, Groups int
	Sizes         []int
	CanBegin      bool
	FormKey       string
}

func (p *Panel) dataPage(r *http.Request, v *visit, title string) dataPage {
	x := dataPage{page: p.page(r, v, title, "data"), Sizes: sampleSizes(), CanBegin: p.o.Begin != nil}
	_, x.Users = v.tenant.server.Users(0, 0)
	_, x.Groups = v.tenant.server.Groups(0, 0)
	return x
}

func (p *Panel) showData(w http.ResponseWriter, r *http.Request, v *visit) {
	p.render(w, http.StatusOK, "data", p.dataPage(r, v, "Data"))
}

func (p *Panel) addSample(w http.ResponseWriter, r *http.Request, v *visit) {
	n, err := strconv.Atoi(r.PostFormValue("people"))
	if err != nil || !slices.Contains(sampleSizes(), n) {
		p.fail(w, r, v, http.StatusBadRequest, "How many people?", "The form does not say one of the numbers that are offered. Nothing was changed.")
		return
	}
	users, groups, err := v.tenant.server.Sample(n)
	if err != nil {
		p.o.Log.Error().Err(err).Msg("adding sample people")
		p.fail(w, r, v, http.StatusInternalServerError, "Not all people were added", fmt.Sprintf("%s came in; then the server could not go on. Its log says why.", plural(users, "person", "people")))
		return
	}
	switch {
	case users == 0:
		v.session.say("They are all there already.")
	case groups == 0:
		v.session.say(plural(users, "person was", "people were") + " added.")
	default:
		v.session.say(fmt.Sprintf("%s and %s were added.", plural(users, "person", "people"), plural(groups, "group", "groups")))
	}
	redirect(w, "data")
}

func (p *Panel) askReset(w http.ResponseWriter, r *http.Request, v *visit) {
	x := p.dataPage(r, v, "Reset")
	x.FormKey = v.session.newFormKey()
	p.render(w, http.StatusOK, "reset", x)
}

func (p *Panel) reset(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.session.useFormKey(r.PostFormValue("key")) {
		p.fail(w, r, v, http.StatusConflict, "Nothing was reset", "This form was used already, or a newer one was opened.")
		return
	}
	users, groups, err := v.tenant.server.Reset()
	if err != nil {
		p.o.Log.Error().Err(err).Msg("resetting")
		p.fail(w, r, v, http.StatusInternalServerError, "Nothing was reset", "The server could not save it; its log says why. Everybody is still there.")
		return
	}
	p.o.Log.Info().Int("users", users).Int("groups", groups).Str("tenant", v.tenant.name).Msg("reset in the admin panel")
	told := fmt.Sprintf("%s and %s are gone.", plural(users, "user", "users"), plural(groups, "group", "groups"))
	if p.o.Begin != nil && r.PostFormValue("then") == "begin" {
		if err := p.o.Begin(v.tenant.server); err != nil {
			p.o.Log.Error().Err(err).Msg("beginning again")
			p.fail(w, r, v, http.StatusInternalServerError, "The server is empty", "It was reset, but those it began with could not be put back; its log says why.")
			return
		}
		told += " Those of the beginning are back."
	}
	v.session.say(told)
	redirect(w, "data")
}
