package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// full is the exchange of a create for which there is no room; nil if there is.
func (w *world) full(method, path string) *Exchange {
	if method != http.MethodPost || path != "/Users" && path != "/Groups" {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.room != 0 {
		w.room--
		return nil
	}
	ex := &Exchange{
		Method: method, URL: w.wire.base + path, path: path, withheld: true,
		NoAnswer: "not sent: the run may not make so many people and groups",
	}
	w.last = len(w.exchanges)
	w.exchanges = append(w.exchanges, ex)
	return ex
}

// withhold turns the verdict into a skip if a request of the scenario was not
// sent because of the options of the run: whatever the steps made of that is no
// verdict on the server.
func (r *Result) withhold(all []*Exchange) {
	i := slices.IndexFunc(all, func(ex *Exchange) bool { return ex.withheld })
	if i < 0 || r.Verdict == Passed {
		return
	}
	r.Verdict, r.See, r.Want, r.Got, r.At = Skipped, "", "", "", -1
	r.Reason = strings.TrimPrefix(all[i].NoAnswer, "not sent: ")
}

// maxKept bounds the body of a request in the result of a scenario that passed, in
// bytes. What failed is kept whole, so that it can be sent again.
const maxKept = 16 << 10

// shorten cuts bodies that nobody will send again.
func (r *Result) shorten() {
	for i := range r.Exchanges {
		if ex := &r.Exchanges[i]; r.Verdict == Passed && len(ex.RequestBody) > maxKept {
			ex.RequestBody = ex.RequestBody[:maxKept] + fmt.Sprintf(" … (%d bytes in all)", len(ex.RequestBody))
		}
	}
}

// redact hides secrets in what was made from the raw answers.
func (r *Result) redact(red func(string) string) {
	r.Reason, r.Want, r.Got = red(r.Reason), red(r.Want), red(r.Got)
}

// tighten makes every should count.
func (r *Report) tighten() {
	for i := range r.Results {
		if res := &r.Results[i]; res.Verdict == Warning {
			res.Verdict = Failed
		}
	}
}

// counter returns what to call for each result. The caller serialises the calls
// of one mode, and modes run one after the other.
func (o Options) counter(chosen []Scenario) func() {
	if o.Progress == nil {
		return func() {}
	}
	done, total := 0, 0
	for _, c := range chosen {
		for _, m := range o.Modes {
			if slices.Contains(c.Modes, m) {
				total++
			}
		}
	}
	o.Progress(0, total)
	return func() {
		done++
		o.Progress(done, total)
	}
}
