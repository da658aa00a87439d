package adminpanel

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// What a person may ask for. Each bound is far above what shows how a client
// reacts, and keeps a slip of the finger from locking everybody out for a day.
const (
	maxTroubleCount = 1_000_000        // requests
	maxWindow       = 24 * time.Hour   // of the rate limit, and of Retry-After
	maxWait         = 10 * time.Minute // of the latency
)

// troubleForm is the form as it was typed; "" stands for "leave it out".
type troubleForm struct {
	Requests, PerSeconds string // rate limit
	LeastMS, MostMS      string // latency
	Every, How, Status   string // failure
	RetryAfter           string // in seconds, with a status
	WritesOnly           bool
}

// fieldProblem says what is wrong with one field.
type fieldProblem struct{ Field, Label, Text string }

// troublePage is the data of trouble.html.
type troublePage struct {
	page
	Form     troubleForm
	Problems []fieldProblem
	Kinds    []choice
}

// Problem is what is wrong with a field; "" is nothing.
func (x troublePage) Problem(field string) string {
	for _, p := range x.Problems {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// fieldData is what a field of the form shows.
type fieldData struct {
	ID, Label, Value, Problem, DescribedBy string
	Focus                                  bool // the first that is wrong
}

// field is one of trouble.html; hint is the id of the text that explains it.
func field(x troublePage, id, label, value, hint string) fieldData {
	f := fieldData{ID: id, Label: label, Value: value, Problem: x.Problem(id), DescribedBy: hint}
	if f.Problem != "" {
		f.DescribedBy = strings.TrimSpace(id + "-problem " + hint)
		f.Focus = x.Problems[0].Field == id
	}
	return f
}

func (p *Panel) showTrouble(w http.ResponseWriter, r *http.Request, v *visit) {
	p.troubleForm(w, r, v, http.StatusOK, troubleFormOf(v.tenant.connection), nil)
}

func (p *Panel) troubleForm(w http.ResponseWriter, r *http.Request, v *visit, status int, f troubleForm, problems []fieldProblem) {
	title := "Trouble"
	if len(problems) > 0 {
		title = "Nothing was set" // what a screen reader says first
	}
	p.render(w, status, "trouble", troublePage{
		page: p.page(r, v, title, "trouble"), Form: f, Problems: problems,
		Kinds: choices(f.How, choice{Value: "status", Text: "Answer an error, do nothing"}, choice{Value: "cut", Text: "Cut the connection, do nothing"}, choice{Value: "lost", Text: "Do it, then lose the answer"}),
	})
}

// troubleFormOf is the form that would set what is set.
func troubleFormOf(c *scimserver.Connection) troubleForm {
	f := troubleForm{PerSeconds: "60", How: "status", Status: "503"}
	if l := c.RateLimit(); l.Requests > 0 {
		f.Requests, f.PerSeconds = strconv.Itoa(l.Requests), decimal(l.Per.Seconds())
	}
	if l := c.Latency(); l.Max > 0 {
		f.LeastMS, f.MostMS = decimal(l.Min.Seconds()*1000), decimal(l.Max.Seconds()*1000)
	}
	if x := c.Failure(); x.Every > 0 {
		f.Every, f.How, f.Status, f.WritesOnly = strconv.Itoa(x.Every), x.Kind.String(), strconv.Itoa(x.Status), x.WritesOnly
		if x.RetryAfter > 0 {
			f.RetryAfter = decimal(x.RetryAfter.Seconds())
		}
	}
	return f
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (p *Panel) setTrouble(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	f := troubleForm{How: r.PostFormValue("how"), WritesOnly: r.PostFormValue("writes-only") != ""}
	for field, to := range map[string]*string{
		"requests": &f.Requests, "per": &f.PerSeconds, "least": &f.LeastMS, "most": &f.MostMS,
		"every": &f.Every, "status": &f.Status, "retry-after": &f.RetryAfter,
	} {
		*to = strings.TrimSpace(r.PostFormValue(field))
		if len(*to) > maxText {
			*to = strings.ToValidUTF8((*to)[:maxText], "")
		}
	}
	limit, latency, failure, problems := f.read()
	if len(problems) > 0 {
		p.troubleForm(w, r, v, http.StatusUnprocessableEntity, f, problems)
		return
	}
	for _, set := range []func() error{
		func() error { return c.SetRateLimit(limit) },
		func() error { return c.SetLatency(latency) },
		func() error { return c.SetFailure(failure) },
	} {
		if err := set(); err != nil { // what read lets through is never refused
			p.o.Log.Error().Err(err).Msg("setting trouble")
			p.fail(w, r, v, http.StatusInternalServerError, "Not all of it was set", "The server refused it; its log says why. What is set stands in the form.")
			return
		}
	}
	if told := troubleWords(c); len(told) > 0 {
		v.session.say("Set, for every request from now on.")
	} else {
		v.session.say("Nothing is in the way of requests.")
	}
	redirect(w, "trouble")
}

func (p *Panel) clearTrouble(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.tenant.connection
	for _, err := range []error{c.SetRateLimit(scimserver.RateLimit{}), c.SetLatency(scimserver.Latency{}), c.SetFailure(scimserver.Failure{})} {
		if err != nil {
			p.o.Log.Error().Err(err).Msg("clearing trouble")
			p.fail(w, r, v, http.StatusInternalServerError, "Not all of it was cleared", "The server refused it; its log says why.")
			return
		}
	}
	v.session.say("All trouble is cleared. Requests are answered as usual.")
	redirect(w, "trouble")
}

// read checks the form. Problems come in the order of the fields.
func (f troubleForm) read() (limit scimserver.RateLimit, latency scimserver.Latency, failure scimserver.Failure, problems []fieldProblem) {
	wrong := func(field, label, format string, args ...any) {
		problems = append(problems, fieldProblem{field, label, fmt.Sprintf(format, args...)})
	}
	// whole reads a whole number from least to most; typed is "" or what was typed.
	whole := func(field, label, typed string, least, most int) int {
		n, err := strconv.Atoi(typed)
		if err != nil || n < least || n > most {
			wrong(field, label, "Write a whole number from %s to %s.", number(least), number(most))
			return 0
		}
		return n
	}
	// amount reads a number of units, also with a point, from least to most of them.
	amount := func(field, label, typed string, unit time.Duration, least float64, most time.Duration) time.Duration {
		n, err := strconv.ParseFloat(typed, 64)
		if err != nil || !(n >= least && n <= float64(most/unit)) {
			wrong(field, label, "Write a number from %s to %s.", decimal(least), number(int(most/unit)))
			return 0
		}
		return time.Duration(n * float64(unit))
	}

	if f.Requests != "" {
		limit.Requests = whole("requests", "Requests", f.Requests, 1, maxTroubleCount)
		limit.Per = amount("per", "In how many seconds", f.PerSeconds, time.Second, 1, maxWindow)
	}
	if f.LeastMS != "" || f.MostMS != "" {
		before := len(problems)
		if f.LeastMS != "" {
			latency.Min = amount("least", "At least", f.LeastMS, time.Millisecond, 0, maxWait)
		}
		latency.Max = latency.Min
		if f.MostMS != "" {
			latency.Max = amount("most", "At most", f.MostMS, time.Millisecond, 0, maxWait)
		}
		if len(problems) == before && latency.Max < latency.Min {
			wrong("most", "At most", "This is less than “at least”: write %s or more, or leave it empty.", f.LeastMS)
		}
	}
	if f.Every == "" {
		return limit, latency, failure, problems
	}
	failure.Every = whole("every", "Each how many", f.Every, 1, maxTroubleCount)
	failure.WritesOnly = f.WritesOnly
	switch f.How {
	case "status":
		failure.Kind = scimserver.FailStatus
		failure.Status = whole("status", "Status", f.Status, 400, 599)
		if f.RetryAfter != "" {
			failure.RetryAfter = amount("retry-after", "Retry-After", f.RetryAfter, time.Second, 0, maxWindow)
		}
	case "cut":
		failure.Kind = scimserver.FailCut
	case "lost":
		failure.Kind = scimserver.FailLost
	default:
		wrong("how", "How", "Choose one of the three.")
	}
	return limit, latency, failure, problems
}

// troubleWords says what a connection does to its requests on purpose; nothing
// if it does nothing.
func troubleWords(c *scimserver.Connection) []string {
	var words []string
	if l := c.RateLimit(); l.Requests > 0 {
		words = append(words, fmt.Sprintf("at most %s in %s, more are answered 429", plural(l.Requests, "request", "requests"), span(l.Per)))
	}
	if l := c.Latency(); l.Max > 0 {
		if l.Min == l.Max {
			words = append(words, "each request waits "+span(l.Min))
		} else {
			words = append(words, "each request waits "+span(l.Min)+" to "+span(l.Max))
		}
	}
	if f := c.Failure(); f.Every > 0 {
		what := "request"
		if f.WritesOnly {
			what = "write"
		}
		which := "each " + what
		if f.Every > 1 {
			which = "one " + what + " in " + number(f.Every)
		}
		switch f.Kind {
		case scimserver.FailCut:
			words = append(words, which+" is cut off, with nothing done")
		case scimserver.FailLost:
			words = append(words, which+" is done, and its answer lost")
		default:
			words = append(words, which+" is answered "+statusText(f.Status))
		}
	}
	return words
}

// span is a length of time in words, as exact as it was set.
func span(d time.Duration) string {
	switch {
	case d == time.Hour:
		return "an hour"
	case d == time.Minute:
		return "a minute"
	case d >= time.Second || d == 0:
		return decimal(d.Seconds()) + " s"
	}
	return decimal(d.Seconds()*1000) + " ms"
}
