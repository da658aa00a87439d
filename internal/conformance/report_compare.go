package conformance

import "slices"

// Comparison is what changed since an earlier run. Entries are "id (mode)".
type Comparison struct {
	Started string `json:"started" jsonschema_description:"when the earlier run started"`
	URL     string `json:"url" jsonschema_description:"which server the earlier run looked at"`
	// New failures failed now and not then.
	New []string `json:"newFailures" jsonschema_description:"failed now, but not then"`
	// Fixed failed then and hold now.
	Fixed []string `json:"fixed" jsonschema_description:"failed then, and pass now"`
	// Unchanged failed then and now.
	Unchanged []string `json:"unchanged" jsonschema_description:"failed then and now"`
	// Unknown failed then, and could not be checked now.
	Unknown []string `json:"unknown" jsonschema_description:"failed then, and were not checked now"`
}

// Compare sets the report beside an earlier one. Only failures count: warnings
// come and go with --strict.
func (r *Report) Compare(old Document) {
	c := &Comparison{Started: old.Started, URL: old.URL, New: []string{}, Fixed: []string{}, Unchanged: []string{}, Unknown: []string{}}
	was := map[string]bool{}
	for _, res := range old.Results {
		if res.Verdict == string(Failed) {
			was[res.ID+" ("+res.Mode+")"] = true
		}
	}
	for _, res := range r.Results {
		key := res.ID + " (" + string(res.Mode) + ")"
		switch {
		case res.Verdict == Failed && was[key]:
			c.Unchanged = append(c.Unchanged, key)
		case res.Verdict == Failed:
			c.New = append(c.New, key)
		case was[key] && (res.Verdict == Passed || res.Verdict == Warning):
			c.Fixed = append(c.Fixed, key)
		default:
			continue
		}
		delete(was, key)
	}
	for key := range was {
		c.Unknown = append(c.Unknown, key)
	}
	slices.Sort(c.Unknown)
	r.Against = c
}
