package plan

import (
	"encoding/json"

	"github.com/oktascim/oktascim/agent/directory"
)

// Document is a plan as JSON. The names are stable; fields are only ever added.
type Document struct {
	// Digest is what to approve, empty for a plan without changes. Summary is the last
	// line of the text form.
	Digest  string `json:"digest,omitempty"`
	Summary string `json:"summary"`
	// Changes are in the order in which they are carried out, Withheld what is not, Pending
	// what waits for its time.
	Changes  []DocumentChange `json:"changes"`
	Withheld []DocumentChange `json:"withheld"`
	Pending  []DocumentChange `json:"pending,omitempty"`
	Notices  []DocumentNotice `json:"notices"`
}

// DocumentChange is a [Change] as JSON.
type DocumentChange struct {
	// N counts from 1; it is left out of what is withheld.
	N    int    `json:"n,omitempty"`
	Verb Verb   `json:"verb"`
	Kind string `json:"kind"`
	// Okta is the id in Okta, Target the one in the target, empty for a create.
	Okta   directory.SourceID `json:"okta,omitempty"`
	Target directory.TargetID `json:"target,omitempty"`
	Name   string             `json:"name"`
	Why    string             `json:"why"`
	Origin directory.Origin   `json:"origin,omitempty"`
	Fields []DocumentField    `json:"fields,omitempty"`
	Add    []DocumentMember   `json:"add,omitempty"`
	Drop   []DocumentMember   `json:"drop,omitempty"`
	Needs  []int              `json:"needs,omitempty"`
}

// DocumentField is a [Field] as JSON; null means no value.
type DocumentField struct {
	Path string          `json:"path"`
	From json.RawMessage `json:"from"`
	To   json.RawMessage `json:"to"`
}

// DocumentMember is somebody who gets into a group or out of it.
type DocumentMember struct {
	Okta   directory.SourceID `json:"okta,omitempty"`
	Target directory.TargetID `json:"target,omitempty"`
	Name   string             `json:"name"`
}

// DocumentNotice is a [Notice] as JSON. Kind and Name are empty when it is about the
// whole plan.
type DocumentNotice struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

// Document returns the plan in its JSON form.
func (p Plan) Document() Document {
	d := Document{Summary: p.Summary(), Changes: p.documents(p.Changes), Withheld: p.documents(p.Withheld), Notices: make([]DocumentNotice, len(p.Notices))}
	if len(p.Pending) > 0 {
		d.Pending = p.documents(p.Pending)
	}
	if len(p.Changes) > 0 {
		d.Digest = p.Digest()
	}
	for i, n := range p.Notices {
		d.Notices[i] = DocumentNotice{Name: n.Name, Text: n.Text}
		if n.Kind != 0 {
			d.Notices[i].Kind = n.Kind.String()
		}
	}
	return d
}

// MarshalJSON writes the plan as a [Document].
func (p Plan) MarshalJSON() ([]byte, error) { return json.Marshal(p.Document()) }

func (p Plan) documents(list []Change) []DocumentChange {
	out := make([]DocumentChange, len(list))
	for i := range list {
		c := &list[i]
		out[i] = DocumentChange{
			N: c.N, Verb: c.Verb, Kind: c.Kind.String(), Okta: c.Source, Target: c.Target, Name: c.Name, Why: c.Why,
			Origin: c.Origin, Needs: c.Needs,
		}
		for _, f := range c.Fields {
			out[i].Fields = append(out[i].Fields, DocumentField{Path: f.Path, From: raw(f.From), To: raw(f.To)})
		}
		for _, id := range c.Add {
			out[i].Add = append(out[i].Add, DocumentMember{Okta: id, Name: p.names.ofSource(id)})
		}
		for _, id := range c.Drop {
			out[i].Drop = append(out[i].Drop, DocumentMember{Okta: p.names.target[id].source, Target: id, Name: p.names.ofTarget(id)})
		}
	}
	return out
}

// raw is a value as it stands in JSON. One that is no JSON becomes a string, so that a
// document is never broken by what a target holds.
func raw(v directory.Value) json.RawMessage {
	switch {
	case v == "":
		return json.RawMessage("null")
	case json.Valid([]byte(v)):
		return json.RawMessage(v)
	}
	return json.RawMessage(text(string(v)))
}
