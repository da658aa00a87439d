package oktasim

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one thing wrong with a seed file.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Path         string // "apps[0].assign.groups[1].name"
	Message      string // what is wrong and what to write instead
}

// String returns "file:line:column: path: message".
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path != "" {
		s += p.Path + ": "
	}
	return s + p.Message
}

// Problems are all that is wrong with a file, in the order of its lines.
type Problems []Problem

// Error returns one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// ParseSeed reads a seed file strictly; name stands in messages. The error is
// [Problems] with everything that is wrong, each with its line and column.
func ParseSeed(name string, src []byte) (*Seed, error) {
	r := &seedReader{file: name, keys: map[string]place{}, values: map[string]place{}}
	s := &Seed{}
	r.read(src, s)
	if len(r.problems) == 0 {
		r.check(s)
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		})
		return nil, r.problems
	}
	return s, nil
}

type place struct{ line, column int }

// seedReader puts a YAML tree into structs, and remembers where everything stands.
type seedReader struct {
	file     string
	keys     map[string]place // path of a member -> its key
	values   map[string]place
	problems Problems
}

// maxYAMLDepth bounds nesting; a seed needs six levels.
const maxYAMLDepth = 20

func (r *seedReader) read(src []byte, s *Seed) {
	tree, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, text := place{1, 1}, err.Error()
		if _, scanErr := fmt.Sscanf(text, "[%d:%d]", &at.line, &at.column); scanErr == nil {
			_, text, _ = strings.Cut(text, "] ")
		}
		text, _, _ = strings.Cut(text, "\n")
		r.addAt(at, "", "this is no YAML: "+text)
		return
	}
	var bodies []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch {
	case len(bodies) == 0: // an empty file is an empty org
	case len(bodies) > 1:
		r.addAt(placeOf(bodies[1].GetToken()), "", "a second YAML document: one file is one org")
	default:
		r.into(bodies[0], reflect.ValueOf(s).Elem(), "", 0)
	}
}

func (r *seedReader) addAt(at place, path, message string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: max(1, at.line), Column: max(1, at.column), Path: path, Message: message})
}

// add is a problem with the value at path, or with its key if it has no value.
func (r *seedReader) add(path, message string) {
	at, found := r.values[path]
	for p := path; !found && p != ""; {
		p = p[:max(0, strings.LastIndexAny(p, ".["))]
		at, found = r.values[p]
	}
	r.addAt(at, path, message)
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// into decodes n into v. What does not fit is a problem, and v keeps its zero value.
func (r *seedReader) into(n ast.Node, v reflect.Value, path string, depth int) {
	at := placeOf(n.GetToken())
	if pairs, is := pairsOf(n); is && len(pairs) > 0 {
		at = placeOf(pairs[0].Key.GetToken())
	}
	r.values[path] = at
	if depth > maxYAMLDepth {
		r.add(path, fmt.Sprintf("more than %d levels", maxYAMLDepth))
		return
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		r.add(path, "anchors, aliases and tags are not read here: write the value out")
		return
	case *ast.NullNode:
		if v.Kind() != reflect.Interface {
			r.add(path, "has no value: write "+wanted(v.Type())+" or leave the key out")
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		r.into(n, p.Elem(), path, depth+1)
		v.Set(p)
	case reflect.Struct:
		if pairs, is := pairsOf(n); is {
			r.members(pairs, v, path, depth)
			return
		}
		r.add(path, "must be "+wanted(v.Type()))
	case reflect.Slice:
		seq, is := n.(*ast.SequenceNode)
		if !is {
			r.add(path, "must be "+wanted(v.Type())+"; for a single one write [ … ] around it")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
		for i, item := range seq.Values {
			r.into(item, v.Index(i), path+"["+strconv.Itoa(i)+"]", depth+1)
		}
	case reflect.Map:
		pairs, is := pairsOf(n)
		if !is {
			r.add(path, "must be "+wanted(v.Type()))
			return
		}
		m := reflect.MakeMap(v.Type())
		for _, pair := range pairs {
			if key, fresh := r.key(pair, path); fresh {
				r.free(pair.Value, m, key, path, depth)
			}
		}
		v.Set(m)
	case reflect.Interface:
		if value := r.scalarOrList(n, path, depth); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	default:
		r.scalar(n, v, path)
	}
}

// free puts a value of any kind into a map.
func (r *seedReader) free(n ast.Node, m reflect.Value, key, path string, depth int) {
	value := reflect.New(m.Type().Elem()).Elem()
	r.into(n, value, join(path, key), depth+1)
	m.SetMapIndex(reflect.ValueOf(key), value)
}

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// key returns the name of a member, and whether it stands there for the first time.
func (r *seedReader) key(pair *ast.MappingValueNode, path string) (string, bool) {
	t := pair.Key.GetToken()
	if t == nil {
		r.add(path, "a key that cannot be read")
		return "", false
	}
	sub := join(path, t.Value)
	if first, twice := r.keys[sub]; twice {
		r.addAt(placeOf(t), sub, fmt.Sprintf("stands here for the second time; the first is in line %d", first.line))
		return t.Value, false
	}
	r.keys[sub] = placeOf(t)
	return t.Value, true
}

func (r *seedReader) members(pairs []*ast.MappingValueNode, v reflect.Value, path string, depth int) {
	fields, rest := map[string]reflect.Value{}, reflect.Value{}
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if option == "inline" {
			rest = v.Field(i)
			rest.Set(reflect.MakeMap(rest.Type()))
		} else {
			fields[name] = v.Field(i)
		}
	}
	for _, pair := range pairs {
		key, fresh := r.key(pair, path)
		if !fresh {
			continue
		}
		if f, known := fields[key]; known {
			r.into(pair.Value, f, join(path, key), depth+1)
		} else if rest.IsValid() {
			r.free(pair.Value, rest, key, path, depth)
		} else {
			r.addAt(r.keys[join(path, key)], join(path, key), "there is no such key here; "+oneOf(key, slices.Collect(maps.Keys(fields))))
		}
	}
}

func (r *seedReader) scalar(n ast.Node, v reflect.Value, path string) {
	switch value := plain(n).(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(value)
			return
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(value)
			return
		}
	case uint64:
		switch {
		case v.Kind() == reflect.String:
			r.add(path, fmt.Sprintf("is a number; write it in quotes: %q", n.GetToken().Value))
			return
		case v.CanUint():
			v.SetUint(value)
			return
		case v.CanInt() && value <= 1<<53:
			v.SetInt(int64(value))
			return
		case v.CanFloat():
			v.SetFloat(float64(value))
			return
		}
	case int64:
		switch {
		case v.CanInt():
			v.SetInt(value)
			return
		case v.CanFloat():
			v.SetFloat(float64(value))
			return
		}
	case float64:
		if v.CanFloat() {
			v.SetFloat(value)
			return
		}
	}
	r.add(path, "must be "+wanted(v.Type()))
}

// plain is the value of a scalar node; nil for anything else.
func plain(n ast.Node) any {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		if n.Value != nil {
			return n.Value.Value
		}
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		var v any
		if err := yaml.NodeToValue(n, &v); err == nil {
			return v
		}
	}
	return nil
}

// scalarOrList is a value of a profile: a text, a number, a switch, or a list of those.
func (r *seedReader) scalarOrList(n ast.Node, path string, depth int) any {
	if seq, is := n.(*ast.SequenceNode); is && depth <= maxYAMLDepth {
		list := make([]any, len(seq.Values))
		for i, item := range seq.Values {
			r.into(item, reflect.ValueOf(&list[i]).Elem(), path+"["+strconv.Itoa(i)+"]", depth+1)
		}
		return list
	}
	switch v := plain(n).(type) {
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	case string, bool, float64:
		return v
	}
	r.add(path, "must be a text, a number, true or false, or a list of those")
	return nil
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a group of keys"
	case reflect.Uint64:
		return "a whole number, 0 or more"
	case reflect.Int:
		return "a whole number"
	}
	return "a number"
}
