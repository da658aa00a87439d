package scimserver

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bulk operations (RFC 7644 §3.7). Each operation is carried out on its own,
// as the same request would be: what one does stays done when another fails.
// References by bulkId are resolved in bulk_refs.go.

const (
	bulkRequestSchema  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponseSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

	// bulkNesting is how much deeper a resource lies in a bulk request than in
	// one of its own: Operations, the operation, data.
	bulkNesting = 3
)

// bulkOp is one operation and, in the end, its result.
type bulkOp struct {
	method, bulkID, version, path string
	data                          any

	kind *kind
	id   string // of the resource; for a POST it is chosen before
	// refs are the operations whose resources this one names.
	refs []*bulkOp
	// users are operations that were done with the id of this one's resource.
	users []*bulkOp
	// later are groups that get this resource as a member once it is there.
	later []*bulkOp

	state   bulkState
	entry   *entry // nil after a DELETE or a refusal
	status  int
	refusal *scimError
}

type bulkState int

const (
	bulkWaiting bulkState = iota
	bulkRunning
	bulkDone
)

// serveBulk answers a POST to /Bulk.
func (s *Server) serveBulk(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return notAllowed(w, r, "POST")
	}
	body, err := s.readBodyUpTo(w, r, s.o.MaxBulkBody, s.o.MaxDepth+bulkNesting)
	if err != nil {
		return err
	}
	b := &bulkRun{s: s, base: s.base(r), byBulkID: map[string]*bulkOp{}}
	if refusal := b.read(body); refusal != nil {
		return refusal
	}
	for _, op := range b.ops {
		b.run(op)
	}
	writeBody(w, http.StatusOK, b.render())
	return nil
}

// bulkRun is one bulk request at work.
type bulkRun struct {
	s        *Server
	base     string
	ops      []*bulkOp
	byBulkID map[string]*bulkOp
	// failOn is the number of errors after which the rest is not tried; 0: never.
	failOn, errors int
}

func (b *bulkRun) stopped() bool { return b.failOn > 0 && b.errors >= b.failOn }

// read reads the request. What is refused here makes nothing happen at all.
func (b *bulkRun) read(body *object) *scimError {
	_, schemas, _ := body.findFold("schemas")
	list, _ := schemas.([]any)
	if !slices.ContainsFunc(list, func(v any) bool { s, ok := v.(string); return ok && strings.EqualFold(s, bulkRequestSchema) }) {
		return refuse(invalidSyntax, "/schemas: must hold %s", bulkRequestSchema)
	}
	if _, v, _ := body.findFold("failOnErrors"); v != nil {
		n, err := optionalWhole(v)
		if err != nil || *n < 0 {
			return refuse(invalidValue, "/failOnErrors: a whole number is wanted, 0 or more")
		}
		b.failOn = *n
	}
	_, v, _ := body.findFold("Operations")
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return refuse(invalidSyntax, "/Operations: must be a list with at least one operation")
	}
	if most := b.s.o.MaxBulkOperations; len(list) > most {
		return refuseStatus(http.StatusRequestEntityTooLarge, "/Operations: %d operations; at most %d are taken at once (maxOperations)", len(list), most)
	}
	for i, v := range list {
		op, err := b.readOp(v)
		if err != nil {
			return err.under(strconv.Itoa(i)).under("Operations")
		}
		if op.bulkID != "" {
			if b.byBulkID[op.bulkID] != nil {
				return refuse(invalidValue, "/Operations/%d/bulkId: %q stands twice", i, op.bulkID)
			}
			b.byBulkID[op.bulkID] = op
		}
		b.ops = append(b.ops, op)
	}
	for _, op := range b.ops {
		b.collectRefs(op)
	}
	return nil
}

// readOp reads one operation. It is refused if it has not the form of one;
// anything else that is wrong with it is its result.
func (b *bulkRun) readOp(v any) (*bulkOp, *scimError) {
	o, ok := v.(*object)
	if !ok {
		return nil, refuse(invalidSyntax, ": is %s; an operation is an object", kindOf(v))
	}
	op := &bulkOp{}
	for name, to := range map[string]*string{"method": &op.method, "bulkId": &op.bulkID, "version": &op.version, "path": &op.path} {
		if _, v, _ := o.findFold(name); v != nil {
			if *to, ok = v.(string); !ok {
				return nil, refuse(invalidSyntax, "/%s: is %s; a string is wanted", name, kindOf(v))
			}
		}
	}
	_, op.data, _ = o.findFold("data")
	op.method = strings.ToUpper(op.method)
	op.refusal = b.locate(op)
	return op, nil
}

// locate finds out what an operation is about.
func (b *bulkRun) locate(op *bulkOp) *scimError {
	switch op.method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return refuse(invalidSyntax, "method: %q; there are POST, PUT, PATCH and DELETE", op.method)
	}
	endpoint, rest, _ := strings.Cut(strings.TrimPrefix(op.path, "/"), "/")
	id, err := url.PathUnescape(rest)
	for _, k := range b.s.store.registry.kinds {
		if k.endpoint == "/"+endpoint {
			op.kind, op.id = k, id
		}
	}
	switch {
	case op.kind == nil || err != nil || strings.Contains(id, "/") || !strings.HasPrefix(op.path, "/"):
		return refuseStatus(http.StatusNotFound, "path: %q is neither a collection nor a resource, such as /Users or /Users/ID", op.path)
	case op.method == http.MethodPost && id != "":
		return refuseStatus(http.StatusMethodNotAllowed, "path: a POST goes to a collection, such as %s", op.kind.endpoint)
	case op.method == http.MethodPost && op.bulkID == "":
		return refuse(invalidSyntax, "bulkId: a POST needs one")
	case op.method == http.MethodPost:
		op.id = newID()
	case id == "":
		return refuseStatus(http.StatusMethodNotAllowed, "path: a %s goes to a resource, such as %s/ID", op.method, op.kind.endpoint)
	}
	return nil
}

// run carries out an operation, and before it those that it refers to. An
// operation that runs already and is met again is part of a circle; see
// [bulkRun.resolve] for what happens then.
func (b *bulkRun) run(op *bulkOp) {
	if op.state != bulkWaiting || b.stopped() {
		return
	}
	op.state = bulkRunning
	if op.refusal == nil {
		for _, x := range op.refs {
			b.run(x)
		}
		if b.stopped() {
			// What it waits for was not done: it is not done either, nor is
			// what was made in the hope of it.
			op.state = bulkWaiting
			b.undo(op)
			return
		}
		op.refusal = b.do(op)
	}
	op.state = bulkDone
	if op.refusal == nil {
		op.refusal = b.join(op)
	}
	if op.refusal != nil {
		b.fail(op)
	}
}

// fail counts a refused operation, and undoes those that needed it.
func (b *bulkRun) fail(op *bulkOp) {
	op.entry, op.status = nil, op.refusal.status
	b.errors++
	b.undo(op)
}

// do carries out one operation whose references are done, or run.
func (b *bulkRun) do(op *bulkOp) *scimError {
	data, refusal := b.resolve(op)
	if refusal != nil {
		return refusal
	}
	s, on := b.s, condition{match: op.version}
	body, isObject := data.(*object)
	if !isObject && op.method != http.MethodDelete {
		return refuse(invalidSyntax, "data: is %s; an object is wanted", kindOf(data))
	}
	var err error
	op.status = http.StatusOK
	switch op.method {
	case http.MethodPost:
		var in *input
		if in, refusal = op.kind.checkResource(body); refusal != nil {
			return refusal
		}
		in.id, op.status = op.id, http.StatusCreated
		op.entry, err = s.create(op.kind, in)
	case http.MethodPut:
		var in *input
		if in, refusal = op.kind.checkResource(body); refusal != nil {
			return refusal
		}
		op.entry, err = s.put(op.kind, op.id, in, on)
	case http.MethodPatch:
		var ops []operation
		if ops, refusal = readOperations(body, s.o.MaxOperations); refusal != nil {
			return refusal
		}
		op.entry, err = s.patch(op.kind, op.id, ops, on)
	case http.MethodDelete:
		op.status = http.StatusNoContent
		err = s.remove(op.kind, op.id, on)
	}
	return s.asRefusal(err, "bulk "+op.method)
}

const bulkPrefix = `{"schemas":["` + bulkResponseSchema + `"],"Operations":[`

// render gives the answer: the results of the operations that were tried, in
// the order of the request.
func (b *bulkRun) render() []byte {
	b.s.store.mu.RLock()
	defer b.s.store.mu.RUnlock()
	out := []byte(bulkPrefix)
	for _, op := range b.ops {
		if op.state != bulkDone {
			continue
		}
		if len(out) > len(bulkPrefix) {
			out = append(out, ',')
		}
		out = appendString(append(out, `{"method":`...), op.method)
		if op.bulkID != "" {
			out = appendString(append(out, `,"bulkId":`...), op.bulkID)
		}
		if op.entry != nil {
			out = appendString(append(out, `,"version":`...), op.entry.etag())
		}
		if op.kind != nil && (op.refusal == nil || op.method != http.MethodPost) && op.id != "" {
			out = appendString(append(out, `,"location":`...), b.base+op.kind.endpoint+"/"+url.PathEscape(op.id))
		}
		out = append(out, `,"status":"`...)
		out = strconv.AppendInt(out, int64(op.status), 10)
		out = append(out, '"')
		if op.refusal != nil {
			out = append(out, `,"response":`...)
			out = appendError(out, op.refusal.status, op.refusal.scimType, op.refusal.detail)
		}
		out = append(out, '}')
	}
	return append(out, `]}`...)
}
