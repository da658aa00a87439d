package plan

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Digest names the changes of a plan in 12 hex digits: what a person approves. Two plans
// with the same digest do the same to the same records in the same order. Notices, what
// is withheld and the words that explain a change are no part of it.
func (p Plan) Digest() string {
	h := sha256.New()
	b := bufio.NewWriter(h)
	for i := range p.Changes {
		p.Changes[i].canonical(b)
	}
	_ = b.Flush() // a hash takes every write
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// canonical writes what a change does, every string quoted, so that no value can pass
// for the next one.
func (c *Change) canonical(w io.Writer) {
	fmt.Fprintf(w, "%s %s %q %q %q %q\n", c.Verb, c.Kind, c.Source, c.Target, c.Name, c.Origin)
	for _, f := range c.Fields {
		fmt.Fprintf(w, "\t%q %q %q\n", f.Path, f.From, f.To)
	}
	for _, id := range c.Add {
		fmt.Fprintf(w, "\t+%q\n", id)
	}
	for _, id := range c.Drop {
		fmt.Fprintf(w, "\t-%q\n", id)
	}
}
