package oktasim

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Delivery is one delivery of an event hook, for tests and for a look at the sandbox.
type Delivery struct {
	Hook      string   `json:"hook"`
	EventID   string   `json:"eventId"`
	Events    []string `json:"events"`             // uuids
	Tries     int      `json:"tries"`              // 0 while it is under way
	Status    int      `json:"status,omitzero"`    // of the last try; 0 if there was no answer
	Error     string   `json:"error,omitzero"`     // of the last try
	Duplicate bool     `json:"duplicate,omitzero"` // sent a second time on purpose
}

const (
	// hookPatience is how long Okta waits for an answer.
	hookPatience = 3 * time.Second
	// hookTries is the first try and the only retry.
	hookTries        = 2
	defaultHookBatch = 100
	// maxDeliveries bounds what is remembered of deliveries.
	maxDeliveries = 1000
	// maxHookAnswer bounds what is read of an answer.
	maxHookAnswer = 64 << 10
)

func (o *Org) hookTimeout() time.Duration {
	return cmp.Or(time.Duration(o.delivery.TimeoutMilliseconds)*time.Millisecond, hookPatience)
}

// requestHeaders are the hook's own headers and its secret, which goes verbatim into the header it
// names.
func (h *hook) requestHeaders() http.Header {
	all := http.Header{}
	for _, x := range h.headers {
		all.Set(x.Key, x.Value)
	}
	if h.auth != nil && h.auth.Key != "" {
		all.Set(h.auth.Key, h.auth.Value)
	}
	return all
}

func (o *Org) callHook(ctx context.Context, method, uri string, headers http.Header, body []byte, wait time.Duration) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, uri, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = headers.Clone()
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "okta-event-hook-simulator")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, maxHookAnswer))
	return res.StatusCode, answer, err
}

// challengeHook is the verification: one GET, whose answer repeats the challenge.
func (o *Org) challengeHook(ctx context.Context, uri string, headers http.Header, challenge string, wait time.Duration) error {
	headers.Set("X-Okta-Verification-Challenge", challenge)
	status, answer, err := o.callHook(ctx, http.MethodGet, uri, headers, nil, wait)
	switch {
	case err != nil:
		return errors.New("there was no answer")
	case status != http.StatusOK:
		return fmt.Errorf("the answer was %d", status)
	}
	var said struct {
		Verification string `json:"verification"`
	}
	if json.Unmarshal(answer, &said) != nil || said.Verification != challenge {
		return errors.New("the answer did not repeat the challenge")
	}
	return nil
}

// tellHooks puts an event on the way to the hooks that want it.
func (o *Org) tellHooks(e *logEvent) {
	for _, id := range o.hookIDs {
		h := o.hooks[id]
		if !h.wants(e) {
			continue
		}
		h.waiting = append(h.waiting, e)
		if !h.due {
			h.due = true
			o.after(seconds(o.lags.Hook), func(c *call) { o.deliver(c, h) })
		}
	}
}

type hookMessage struct {
	body []byte
	at   int // place in deliveries, counted from the first ever
}

// deliver sends what waits for a hook, in batches. One goroutine sends them, one after
// the other, and [Org.Close] waits for it.
func (o *Org) deliver(c *call, h *hook) {
	events := h.waiting
	h.waiting, h.due = nil, false
	if len(events) == 0 || o.closed || o.hooks[h.id] != h {
		return
	}
	base := o.opt.BaseURL
	if base == "" {
		base = o.lastBase
	}
	var out []hookMessage
	for batch := range slices.Chunk(events, cmp.Or(o.delivery.Batch, defaultHookBatch)) {
		d := Delivery{Hook: h.id, EventID: o.ids.uuid()}
		for _, e := range batch {
			d.Events = append(d.Events, e.UUID)
		}
		body, err := json.Marshal(map[string]any{
			"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1", "contentType": "application/json",
			"source": base + "/api/v1/eventHooks/" + h.id, "eventId": d.EventID, "eventTime": stamp(c.now), "data": map[string]any{"events": batch},
		}, json.Deterministic(true))
		if err != nil {
			o.opt.Log.Error().Err(err).Msg("encoding an event hook")
			continue
		}
		out = append(out, hookMessage{body, o.noteDelivery(d)})

		if every := o.delivery.DuplicateEvery; every > 0 && o.delivered%every == 0 {
			d.Duplicate = true
			out = append(out, hookMessage{body, o.noteDelivery(d)})
		}
	}
	if o.delivery.Reverse {
		slices.Reverse(out)
	}
	uri, headers, wait := h.uri, h.requestHeaders(), o.hookTimeout()
	ctx, cancel := context.WithCancel(context.Background())
	o.calls.Go(func() {
		defer cancel()
		o.calls.Go(func() {
			select {
			case <-o.hookStop:
				cancel()
			case <-ctx.Done():
			}
		})
		for _, m := range out {
			o.sendHook(ctx, uri, headers, m, wait)
		}
	})
}

// sendHook tries a message twice at most: once more after a timeout or a 5xx, never
// after a 4xx.
func (o *Org) sendHook(ctx context.Context, uri string, headers http.Header, m hookMessage, wait time.Duration) {
	for try := 1; try <= hookTries && ctx.Err() == nil; try++ {
		status, _, err := o.callHook(ctx, http.MethodPost, uri, headers, m.body, wait)
		o.mu.Lock()
		if i := m.at - (o.delivered - len(o.deliveries)); i >= 0 {
			d := &o.deliveries[i]
			d.Tries, d.Status, d.Error = try, status, ""
			if err != nil {
				d.Error = hookError(err)
			}
		}
		o.mu.Unlock()
		if err == nil && status < http.StatusInternalServerError {
			return
		}
	}
}

// hookError tells why there was no answer, without the URL, which may hold a secret.
func hookError(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return text
}

// noteDelivery remembers a delivery and returns its number.
func (o *Org) noteDelivery(d Delivery) int {
	o.deliveries = append(o.deliveries, d)
	if gone := len(o.deliveries) - maxDeliveries; gone > 0 {
		o.deliveries = slices.Delete(o.deliveries, 0, gone)
	}
	o.delivered++
	return o.delivered - 1
}

// Deliveries are the last deliveries of event hooks, oldest first.
func (o *Org) Deliveries() []Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.deliveries)
}

// WaitForHooks waits for the deliveries that are under way.
func (o *Org) WaitForHooks() { o.calls.Wait() }

func (o *Org) stopHooks() {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-o.hookStop:
	default:
		close(o.hookStop)
	}
}
