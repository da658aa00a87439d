package oktasim

import (
	"net/http"
	"strconv"
	"time"
)

// RateLimits says how strict the org is. The zero value is a Workforce org: the last
// published limits, enforced.
type RateLimits struct {
	// Off: every limit is advertised as 100,000 a minute and none is enforced. The
	// headers are still sent.
	Off bool `yaml:"off,omitempty" json:"off,omitempty"`
	// Scale multiplies every limit; 0 means 1.
	Scale float64 `yaml:"scale,omitempty" json:"scale,omitempty" jsonschema:"minimum=0"`
	// Concurrency is how many requests may be in flight at once; 0 means 75.
	Concurrency int `yaml:"concurrency,omitempty" json:"concurrency,omitempty" jsonschema:"minimum=0"`
	// PrincipalPercent is the part of each bucket that one token or app may use; 0 means
	// 50. A principal rate limit of its own replaces it.
	PrincipalPercent int `yaml:"principalPercent,omitempty" json:"principalPercent,omitempty" jsonschema:"minimum=0,maximum=100"`
}

// The buckets, with the last published Workforce defaults: calls a minute of the whole
// org. Group push and schemas are placed by their path, which is a guess.
const (
	bucketApps   = "/api/v1/apps"
	bucketApp    = "/api/v1/apps/{id}"
	bucketGroups = "/api/v1/groups"
	bucketGroup  = "/api/v1/groups/{id}"
	bucketUsers  = "/api/v1/users"
	bucketUser   = "/api/v1/users/{id}"
	bucketLogs   = "/api/v1/logs"
	bucketRest   = "/api/v1"
)

func orgLimit(bucket string) int {
	switch bucket {
	case bucketApps:
		return 100
	case bucketApp, bucketGroups:
		return 500
	case bucketGroup:
		return 1000
	case bucketUsers:
		return 600
	case bucketUser:
		return 2000
	case bucketLogs:
		return 120
	}
	return 1200
}

const (
	// principalShare is Okta's default for [RateLimits.PrincipalPercent].
	principalShare = 50
	// warnPercent is how full the org's bucket is when an admin is warned; Okta's default.
	warnPercent = 90
	// window is one minute, counted from the first call in it and so not aligned to the clock.
	window = time.Minute
	// offLimit is advertised while limits are off.
	offLimit = 100_000
	// defaultConcurrency is what a Workforce org allows.
	defaultConcurrency = 75
)

type limiter struct {
	rule     RateLimits
	inFlight int
	windows  map[string]*countedWindow
}

type countedWindow struct {
	ends time.Time
	used int

	warned, refused bool
}

func newLimiter(rule RateLimits) limiter {
	if rule.Scale == 0 {
		rule.Scale = 1
	}
	if rule.Concurrency == 0 {
		rule.Concurrency = defaultConcurrency
	}
	if rule.PrincipalPercent == 0 {
		rule.PrincipalPercent = principalShare
	}
	return limiter{rule: rule, windows: map[string]*countedWindow{}}
}

// enter counts a request in and reports whether there are too many at once.
func (l *limiter) enter(rt *route) bool {
	if rt.control {
		return false
	}
	l.inFlight++
	return !l.rule.Off && l.inFlight > l.rule.Concurrency
}

func (l *limiter) leave(rt *route) {
	if !rt.control {
		l.inFlight--
	}
}

// count charges one call to the principal's share and to the org's bucket, and
// returns the three headers. They tell of the principal's share: which of the two
// Okta's headers tell of is not documented.
//
// note is the type of the event that the org logs about it, once in a window: that the
// org's bucket is getting empty, or that a call was refused.
func (l *limiter) count(who *principal, bucket string, percent int, now time.Time) (header http.Header, within bool, note string) {
	whole := int(float64(orgLimit(bucket)) * l.rule.Scale)
	share := max(1, whole*percent/100)
	if l.rule.Off {
		whole, share = offLimit, offLimit
	}
	org, own := l.window(bucket, now), l.window(who.id+" "+bucket, now)
	within = l.rule.Off || (own.used < share && org.used < max(1, whole))
	if within {
		own.used++
		org.used++
	}
	remaining := max(0, min(share-own.used, max(1, whole)-org.used))
	if l.rule.Off {
		remaining = offLimit - 1
	}
	switch {
	case l.rule.Off:
	case !within && !own.refused:
		own.refused, note = true, "system.org.rate_limit.violation"
	case within && !org.warned && org.used*100 >= max(1, whole)*warnPercent:
		org.warned, note = true, "system.org.rate_limit.warning"
	}
	return rateHeader(share, remaining, own.ends), within, note
}

func (l *limiter) window(key string, now time.Time) *countedWindow {
	w := l.windows[key]
	if w == nil || !now.Before(w.ends) {
		w = &countedWindow{ends: now.Add(window)}
		l.windows[key] = w
	}
	return w
}

func rateHeader(limit, remaining int, reset time.Time) http.Header {
	return http.Header{
		"X-Rate-Limit-Limit":     {strconv.Itoa(limit)},
		"X-Rate-Limit-Remaining": {strconv.Itoa(remaining)},
		"X-Rate-Limit-Reset":     {strconv.FormatInt(reset.Unix(), 10)},
	}
}

// concurrencyHeader belongs to the 429 for too many calls at once: zeros, and a reset
// that is only a guess.
func concurrencyHeader(now time.Time) http.Header { return rateHeader(0, 0, now.Add(window)) }
