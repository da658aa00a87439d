package adminpanel

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// sampleSizes are how many sample people the form offers.
func sampleSizes() []int { return []int{10, 100, 1000, 10000} }

// dataPage is the data of data.html, sample.html and reset.html.
type dataPage struct {
	page
	Users, Groups int
	Sizes         []int
	People        int // to be added, on sample.html
	CanBegin      bool
	FormKey       string
}

func (p *Panel) dataPage(r *http.Request, v *visit, title string) dataPage {
	x := dataPage{page: p.page(r, v, title, "data"), Sizes: sampleSizes(), CanBegin: p.o.Begin != nil && v.tenant.name == ""}
	_, x.Users = v.tenant.server.Users(0, 0)
	_, x.Groups = v.tenant.server.Groups(0, 0)
	return x
}

func (p *Panel) showData(w http.ResponseWriter, r *http.Request, v *visit) {
	p.render(w, http.StatusOK, "data", p.dataPage(r, v, "Data"))
}

// sampleSize reads how many people are wanted, or answers that it is none of
// the offered numbers.
func (p *Panel) sampleSize(w http.ResponseWriter, r *http.Request, v *visit) (int, bool) {
	n, err := strconv.Atoi(r.FormValue("people"))
	if err != nil || !slices.Contains(sampleSizes(), n) {
		p.fail(w, r, v, http.StatusBadRequest, "How many people?", "The form does not say one of the numbers that are offered. Nothing was changed.")
		return 0, false
	}
	return n, true
}

func (p *Panel) askSample(w http.ResponseWriter, r *http.Request, v *visit) {
	n, ok := p.sampleSize(w, r, v)
	if !ok {
		return
	}
	x := p.dataPage(r, v, "Add sample people")
	x.People = n
	p.render(w, http.StatusOK, "sample", x)
}

func (p *Panel) addSample(w http.ResponseWriter, r *http.Request, v *visit) {
	n, ok := p.sampleSize(w, r, v)
	if !ok {
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
	if p.o.Begin != nil && v.tenant.name == "" && r.PostFormValue("then") == "begin" {
		if !p.beginAgain(w, r, v) {
			return
		}
		told += " Those of the beginning are back."
	}
	v.session.say(told)
	redirect(w, "data")
}

// begin seeds an empty server again.
func (p *Panel) begin(w http.ResponseWriter, r *http.Request, v *visit) {
	switch x := p.dataPage(r, v, "Data"); {
	case !x.CanBegin:
		p.fail(w, r, v, http.StatusNotFound, "Nobody was there at the beginning", "This server began empty, so there is nobody to put back.")
		return
	case x.Users+x.Groups > 0:
		p.fail(w, r, v, http.StatusConflict, "The server is not empty", "Nothing was changed. Those of the beginning come back into an empty server: reset it, and choose to put them back.")
		return
	}
	if p.beginAgain(w, r, v) {
		v.session.say("Those of the beginning are back.")
		redirect(w, "data")
	}
}

// beginAgain puts those of the beginning back, or answers that this did not work.
func (p *Panel) beginAgain(w http.ResponseWriter, r *http.Request, v *visit) bool {
	if err := p.o.Begin(v.tenant.server); err != nil {
		p.o.Log.Error().Err(err).Msg("beginning again")
		p.fail(w, r, v, http.StatusInternalServerError, "Not everybody is back", "Those the server began with could not be put back; its log says why.")
		return false
	}
	return true
}
