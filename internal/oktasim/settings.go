package oktasim

import "errors"

// setLags replaces how far the org is behind itself.
func (o *Org) setLags(l Lags) error {
	if err := l.check(); err != nil {
		return err
	}
	o.lags = l
	o.opt.AssignmentDelay = seconds(l.Assignment)
	return nil
}

// SetLags replaces how far the org is behind itself, from now on. What is already under
// way keeps its time. The error says what is out of bounds.
func (o *Org) SetLags(l Lags) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.setLags(l)
}

func (o *Org) setQuirks(q Quirks) error {
	switch q.OverLimit {
	case "", overLimitReject, overLimitClamp:
	default:
		return errors.New(`overLimit: "reject" or "clamp"`)
	}
	if q.MembersTimeoutAbove < 0 || q.SearchTimeoutAbove < 0 || q.UserTypes < 0 || q.UserTypes > maxUserTypes {
		return errors.New("membersTimeoutAbove, searchTimeoutAbove and userTypes: not negative, and at most 9 user types")
	}
	o.quirks = q
	return nil
}

// SetQuirks replaces the org's quirks. The error says what is not possible.
func (o *Org) SetQuirks(q Quirks) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.setQuirks(q)
}

func (o *Org) setHookDelivery(d HookDelivery) error {
	if d.Batch < 0 || d.DuplicateEvery < 0 || d.TimeoutMilliseconds < 0 {
		return errors.New("batch, duplicateEvery and timeoutMilliseconds must not be negative")
	}
	o.delivery = d
	return nil
}

// setting is a control that shows and changes a group of knobs: what a POST does not
// name stays as it is.
func setting[T any](control func(pattern string, serve handler), name string, get func(o *Org) T, set func(o *Org, v T) error) {
	control("GET /sandbox/"+name, func(c *call) (reply, *apiError) { return ok(get(c.org)) })
	control("POST /sandbox/"+name, func(c *call) (reply, *apiError) {
		v := get(c.org)
		if fail := c.decodeStrictly(&v); fail != nil {
			return reply{}, fail
		}
		if err := set(c.org, v); err != nil {
			return reply{}, invalid(name, err.Error())
		}
		return ok(get(c.org))
	})
}

func (o *Org) addSettings(control func(pattern string, serve handler)) {
	setting(control, "lags", func(o *Org) Lags { return o.lags }, (*Org).setLags)
	setting(control, "quirks", func(o *Org) Quirks { return o.quirks }, (*Org).setQuirks)
	setting(control, "hookDelivery", func(o *Org) HookDelivery { return o.delivery }, (*Org).setHookDelivery)
	setting(control, "rateLimits", func(o *Org) RateLimits { return o.limits.rule }, func(o *Org, r RateLimits) error {
		if r.Scale < 0 || r.Concurrency < 0 || r.PrincipalPercent < 0 || r.PrincipalPercent > 100 {
			return errors.New("scale and concurrency must not be negative, principalPercent must be 0 to 100")
		}
		inFlight := o.limits.inFlight
		o.limits = newLimiter(r)
		o.limits.inFlight = inFlight
		return nil
	})
}
