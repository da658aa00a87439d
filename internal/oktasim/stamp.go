package oktasim

import "time"

// stamp is an entity timestamp: YYYY-MM-DDTHH:mm:ss.000Z, always whole seconds in
// recorded traffic. The zero time is null.
type stamp time.Time

// MarshalJSON implements json.Marshaler.
func (s stamp) MarshalJSON() ([]byte, error) {
	return quoteTime(time.Time(s), "2006-01-02T15:04:05.000Z")
}

// bareStamp is the form of group push mappings: no fraction of a second.
type bareStamp time.Time

// MarshalJSON implements json.Marshaler.
func (s bareStamp) MarshalJSON() ([]byte, error) {
	return quoteTime(time.Time(s), "2006-01-02T15:04:05Z")
}

func quoteTime(t time.Time, layout string) ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.UTC().Format(layout) + `"`), nil
}

// links is the _links object of an entity.
type links map[string]any

type href struct {
	Href  string `json:"href"`
	Name  string `json:"name,omitzero"`
	Type  string `json:"type,omitzero"`
	Hints *hints `json:"hints,omitzero"`
}

type hints struct {
	Allow []string `json:"allow"`
}

func allow(methods ...string) *hints { return &hints{methods} }
