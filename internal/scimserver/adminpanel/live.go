package adminpanel

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// keepAlive is how often a quiet stream says that it is still there, so that
// no proxy between cuts it: the usual limit is 60 seconds.
const keepAlive = 25 * time.Second

// requestsPage is the data of requests.html.
type requestsPage struct {
	page
	Rows       []scimserver.RequestRecord
	OnlyErrors bool
	LastID     int64 // of all requests, shown or not
}

// wanted tells whether the page shows a request.
func wanted(rec scimserver.RequestRecord, onlyErrors bool) bool {
	return !onlyErrors || rec.Status >= 400
}

func onlyErrors(r *http.Request) bool { return r.URL.Query().Get("only") == "errors" }

func (p *Panel) showRequests(w http.ResponseWriter, r *http.Request, s *session) {
	v := requestsPage{page: p.page(r, s, "Requests", "requests"), OnlyErrors: onlyErrors(r)}
	for _, rec := range p.o.Connection.Requests() {
		v.LastID = max(v.LastID, rec.ID)
		if wanted(rec, v.OnlyErrors) {
			v.Rows = append(v.Rows, rec)
		}
	}
	p.render(w, http.StatusOK, "requests", v)
}

// streamRequests sends each request as a server-sent event whose data is the
// row as the page itself would show it, and whose id is the number of the
// request. It begins after the id in Last-Event-ID, which a browser sends when
// it comes back, or in ?after=.
func (p *Panel) streamRequests(w http.ResponseWriter, r *http.Request, s *session) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a stream has no end; without the right to say so, it ends early and the browser comes back
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if id, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		after = id
	}
	only := onlyErrors(r)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx

	records := p.o.Connection.Watch(ctx) // before the look back, so that nothing falls between
	if past := p.o.Connection.Requests(); len(past) == 0 || past[0].ID < after {
		after = 0 // the server has started again and counts anew
	}
	catchUp := func() error {
		for _, rec := range slices.Backward(p.o.Connection.Requests()) {
			if rec.ID <= after {
				continue
			}
			after = rec.ID
			if !wanted(rec, only) {
				continue
			}
			if err := p.writeEvent(w, rec); err != nil {
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
		case <-s.ended:
			return
		case <-p.closed:
			return
		case <-tick.C:
			if s.over(p.o.Now()) {
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

func (p *Panel) writeEvent(w http.ResponseWriter, rec scimserver.RequestRecord) error {
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
