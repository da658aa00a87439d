package oktasim

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault breaks requests on purpose.
type Fault struct {
	// Match says which requests; the zero value is every request below /api/v1.
	Match FaultMatch `json:"match" yaml:"match"`
	// Do is what happens to them:
	//
	//	500, 503, 504     an error body with this status (E0000009, E0000010)
	//	html              502 with an HTML page, as from an edge
	//	429               rate limit, with the headers of an exhausted bucket
	//	concurrency429    429 with zeros in the headers
	//	401               E0000011
	//	423               E0000239, as concurrent writes of group rules get it
	//	forbidden         403 E0000006
	//	cut               the answer breaks off in the middle
	//	drop              the connection ends without an answer, after the work was done
	//	empty             200 without a body
	//	emptyList         200 [] and no next
	//	emptyPage         200 [] with the next that belongs there
	//	noLinks           the page without Link lines
	//	slow              the answer comes after Delay
	//	notJSON           200 with half of the body, and a length that fits
	//	wrongShape        200 with JSON of another shape: {"unexpected":true}
	Do string `json:"do" yaml:"do"`
	// Times is how often; 0 means once, -1 means until it is removed.
	Times int `json:"times,omitzero" yaml:"times"`
	// Delay is for slow, in milliseconds; 0 means 1000.
	DelayMilliseconds int `json:"delayMilliseconds,omitzero" yaml:"delayMilliseconds"`
}

// FaultMatch aims a [Fault].
type FaultMatch struct {
	// Method is an HTTP method; any if empty.
	Method string `json:"method,omitzero" yaml:"method"`
	// Path is a pattern as in [path.Match]: /api/v1/apps/*/users. Any if empty.
	Path string `json:"path,omitzero" yaml:"path"`
	// Page is the number of the page of a list, from 1; any if 0.
	Page int `json:"page,omitzero" yaml:"page"`
	// Nth leaves the first Nth-1 requests that match alone; 0 means 1.
	Nth int `json:"nth,omitzero" yaml:"nth"`
}

type faultBox struct{ active []*Fault }

// AddFault breaks the requests that f matches. The error says what is wrong with f.
func (o *Org) AddFault(f Fault) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addFault(f)
}

func faultNames() []string {
	return []string{"500", "503", "504", "html", "429", "concurrency429", "401", "423", "forbidden",
		"cut", "drop", "empty", "emptyList", "emptyPage", "noLinks", "slow", "notJSON", "wrongShape"}
}

func (f Fault) check() error {
	if !slices.Contains(faultNames(), f.Do) {
		return fmt.Errorf("a fault cannot do %q; %s", f.Do, oneOf(f.Do, faultNames()))
	}
	if _, err := path.Match(f.Match.Path, "/"); err != nil {
		return fmt.Errorf("the path pattern %q of a fault: %w", f.Match.Path, err)
	}
	return nil
}

func (o *Org) addFault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.Times == 0 {
		f.Times = 1
	}
	o.faults.active = append(o.faults.active, &f)
	return nil
}

// ClearFaults removes every fault.
func (o *Org) ClearFaults() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.active = nil
}

// take returns the first fault that matches, counted down.
func (b *faultBox) take(r *http.Request, page int) *Fault {
	for i, f := range b.active {
		if !f.Match.matches(r, page) {
			continue
		}
		if f.Match.Nth > 1 {
			f.Match.Nth--
			continue
		}
		if f.Times > 0 {
			f.Times--
			if f.Times == 0 {
				b.active = append(b.active[:i:i], b.active[i+1:]...)
			}
		}
		return f
	}
	return nil
}

func (m FaultMatch) matches(r *http.Request, page int) bool {
	if m.Method != "" && m.Method != r.Method || m.Page != 0 && m.Page != page {
		return false
	}
	if m.Path == "" {
		return strings.HasPrefix(r.URL.Path, "/api/v1/")
	}
	hit, err := path.Match(m.Path, r.URL.Path)
	return err == nil && hit
}

// instead returns the error that takes the place of the work; nil if the work is done.
func (f *Fault) instead(o *Org, rt *route, c *call) *apiError {
	switch f.Do {
	case "500":
		return internalError()
	case "503":
		return &apiError{status: http.StatusServiceUnavailable, code: "E0000010", summary: "Service is in read only mode"}
	case "504":
		return &apiError{status: http.StatusGatewayTimeout, code: "E0000009", summary: "Internal Server Error"}
	case "401":
		return invalidToken()
	case "423":
		return &apiError{status: http.StatusLocked, code: "E0000239", summary: "Policy priorities are being reconciled. Please try again later."}
	case "forbidden":
		return forbidden()
	case "429":
		e := tooManyRequests()
		e.header = rateHeader(max(1, int(float64(orgLimit(rt.bucket))*o.limits.rule.Scale)*o.limits.rule.PrincipalPercent/100), 0, c.now.Add(time.Second))
		return e
	case "concurrency429":
		e := tooManyRequests()
		e.header = concurrencyHeader(c.now)
		return e
	case "html":
		return &apiError{status: http.StatusBadGateway, raw: true}
	}
	return nil
}

const edgePage = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"

// mangle spoils an answer that has been made, and reports whether it sent it.
func (f *Fault) mangle(w http.ResponseWriter, r *http.Request, rep reply, body []byte) bool {
	h := w.Header()
	status := rep.status
	switch f.Do {
	case "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = []byte(edgePage)
	case "empty":
		status, body = http.StatusOK, nil
	case "emptyList":
		h.Del("Link")
		status, body = http.StatusOK, []byte("[]")
	case "emptyPage":
		status, body = http.StatusOK, []byte("[]")
	case "noLinks":
		h.Del("Link")
	case "notJSON":
		status, body = http.StatusOK, body[:len(body)/2]
	case "wrongShape":
		h.Del("Link")
		status, body = http.StatusOK, []byte(`{"unexpected":true}`)
	case "slow":
		delay := time.Duration(f.DelayMilliseconds) * time.Millisecond
		if delay == 0 {
			delay = time.Second
		}
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	case "drop":
		panic(http.ErrAbortHandler)
	case "cut":
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write(body[:len(body)/2])           //nolint:errcheck // the connection is about to be torn down anyway
		http.NewResponseController(w).Flush() //nolint:errcheck // as above
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	if status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the client has gone: nobody is left to tell
	return true
}
