package adminpanel

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// keepAlive is how often a quiet stream says that it is still there, so that
// no proxy between cuts it: the usual limit is 60 seconds.
const keepAlive = 25 * time.Second

// requestFilter says which requests a person wants to see; the zero value is all.
type requestFilter struct {
	Method string // "" is any
	Status string // "", "errors", "2xx", "4xx", "5xx" or one status
	Text   string // in path, query, client or a body, without case; "" is any
}

func requestFilterOf(r *http.Request) requestFilter {
	q := r.URL.Query()
	f := requestFilter{Method: strings.ToUpper(q.Get("method")), Text: searched(r, "text")}
	if len(f.Method) > 20 {
		f.Method = ""
	}
	switch status := q.Get("status"); status {
	case "errors", "2xx", "3xx", "4xx", "5xx":
		f.Status = status
	default:
		if n, err := strconv.Atoi(status); err == nil && n >= 100 && n <= 599 {
			f.Status = status
		}
	}
	return f
}

// Set tells whether anything is left out.
func (f requestFilter) Set() bool { return f != requestFilter{} }

// Query is the filter as it stands in an address, without the question mark.
func (f requestFilter) Query() string {
	q := url.Values{}
	for name, value := range map[string]string{"method": f.Method, "status": f.Status, "text": f.Text} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

func (f requestFilter) wants(rec scimserver.RequestRecord) bool {
	if f.Method != "" && rec.Method != f.Method {
		return false
	}
	switch f.Status {
	case "":
	case "errors":
		if rec.Status < 400 {
			return false
		}
	case "2xx", "3xx", "4xx", "5xx":
		if rec.Status/100 != int(f.Status[0]-'0') {
			return false
		}
	default:
		if strconv.Itoa(rec.Status) != f.Status {
			return false
		}
	}
	if f.Text == "" {
		return true
	}
	text := strings.ToLower(f.Text)
	for _, s := range []string{rec.Target(), rec.UserAgent, rec.RequestBody, rec.ResponseBody} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// choice is one entry of a select.
type choice struct {
	Value, Text string
	Chosen      bool
}

// choices marks the chosen one, and adds it where it is none of the usual ones.
func choices(chosen string, list ...choice) []choice {
	there := false
	for i := range list {
		list[i].Chosen = list[i].Value == chosen
		there = there || list[i].Chosen
	}
	if !there {
		list = append(list, choice{chosen, chosen, true})
	}
	return list
}

// Methods and Statuses are what the form offers.
func (f requestFilter) Methods() []choice {
	return choices(f.Method, choice{Text: "Any"}, choice{Value: "GET", Text: "GET"}, choice{Value: "POST", Text: "POST"}, choice{Value: "PUT", Text: "PUT"}, choice{Value: "PATCH", Text: "PATCH"}, choice{Value: "DELETE", Text: "DELETE"})
}

func (f requestFilter) Statuses() []choice {
	return choices(f.Status, choice{Text: "Any"}, choice{Value: "2xx", Text: "Done (2xx)"}, choice{Value: "errors", Text: "Refused or failed"}, choice{Value: "4xx", Text: "Refused (4xx)"}, choice{Value: "5xx", Text: "Failed (5xx)"}, choice{Value: "429", Text: "429 Too Many Requests"})
}

// requestsPage is the data of requests.html.
type requestsPage struct {
	page
	Rows   []requestRow
	Filter requestFilter
	LastID int64 // of all requests, shown or not
	Total  int   // in the log
}

func (p *Panel) showRequests(w http.ResponseWriter, r *http.Request, v *visit) {
	x := requestsPage{page: p.page(r, v, "Requests", "requests"), Filter: requestFilterOf(r)}
	base := p.origin(r, v.tenant)
	for _, rec := range v.tenant.connection.Requests() {
		x.LastID = max(x.LastID, rec.ID)
		x.Total++
		if x.Filter.wants(rec) {
			x.Rows = append(x.Rows, requestRow{rec, curl(rec, base)})
		}
	}
	p.render(w, http.StatusOK, "requests", x)
}

// streamRequests sends each request as a server-sent event whose data is the
// row as the page itself would show it, and whose id is the number of the
// request. It begins after the id in Last-Event-ID, which a browser sends when
// it comes back, or in ?after=.
func (p *Panel) streamRequests(w http.ResponseWriter, r *http.Request, v *visit) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a stream has no end; without the right to say so, it ends early and the browser comes back
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if id, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		after = id
	}
	filter, base, connection := requestFilterOf(r), p.origin(r, v.tenant), v.tenant.connection
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx

	records := connection.Watch(ctx) // before the look back, so that nothing falls between
	if past := connection.Requests(); len(past) == 0 || past[0].ID < after {
		after = 0 // the server has started again and counts anew
	}
	catchUp := func() error {
		for _, rec := range slices.Backward(connection.Requests()) {
			if rec.ID <= after {
				continue
			}
			after = rec.ID
			if !filter.wants(rec) {
				continue
			}
			if err := p.writeEvent(w, requestRow{rec, curl(rec, base)}); err != nil {
				return err
			}
		}
		return nil
	}
	if catchUp() != nil {
		return
	}
	if _, err := fmt.Fprint(w, ": here\n\n"); err != nil || out.Flush() != nil {
		return
	}
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-v.session.ended:
			return
		case <-p.closed:
			return
		case <-tick.C:
			if v.session.over(p.o.Now()) {
				return
			}
			_, err = fmt.Fprint(w, ": here\n\n")
		case <-records: // closed only when ctx ends
			// Only as a signal: in a burst the channel drops some, the log does not.
			err = catchUp()
		}
		if err != nil || out.Flush() != nil {
			return
		}
	}
}

func (p *Panel) writeEvent(w http.ResponseWriter, rec requestRow) error {
	var row bytes.Buffer
	if err := p.pages["requests"].ExecuteTemplate(&row, "request-row", rec); err != nil {
		p.o.Log.Error().Err(err).Msg("admin panel row failed")
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %d\nevent: request\n", rec.ID)
	for line := range bytes.Lines(row.Bytes()) {
		fmt.Fprintf(&b, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	b.WriteString("\n")
	_, err := w.Write(b.Bytes())
	return err
}
