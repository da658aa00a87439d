package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// place is a line and a column, from 1.
type place struct{ line, column int }

// document is a parsed file: its values as encoding/json would give them, and where
// each of them stands.
type document struct {
	file string
	// dir is what relative paths in the file start from.
	dir      string
	value    any
	keys     map[string]place
	values   map[string]place
	anchors  map[string]ast.Node
	problems Problems
	getenv   func(string) (string, bool)
}

// parse reads src. A document whose YAML cannot be read has a problem and no value.
func parse(file string, src []byte, getenv func(string) (string, bool)) *document {
	d := &document{
		file: file, dir: filepath.Dir(file), getenv: getenv,
		keys: map[string]place{}, values: map[string]place{}, anchors: map[string]ast.Node{},
	}
	tree, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.addAt(syntaxPlace(err), "", "this is no YAML: "+firstLine(err))
		return d
	}
	var docs []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			docs = append(docs, doc.Body)
		}
	}
	switch len(docs) {
	case 0:
		d.addAt(place{1, 1}, "", "the file is empty; docs/configuration.md has an example to start from")
	case 1:
		d.value = d.walk(docs[0], nil)
	default:
		d.addAt(at(docs[1].GetToken()), "", "a second YAML document: put all connections into one")
	}
	return d
}

// walk turns a node into what encoding/json would give and notes where it stands.
func (d *document) walk(n ast.Node, path []string) any {
	key := pathKey(path)
	if _, seen := d.values[key]; !seen {
		d.values[key] = at(n.GetToken())
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			d.values[key] = at(n.Values[0].Key.GetToken())
		}
		return d.walkMapping(n.Values, path)
	case *ast.MappingValueNode:
		d.values[key] = at(n.Key.GetToken())
		return d.walkMapping([]*ast.MappingValueNode{n}, path)
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, v := range n.Values {
			list[i] = d.walk(v, slices.Concat(path, []string{strconv.Itoa(i)}))
		}
		return list
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.walk(n.Value, path)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := d.anchors[name]
		if !ok {
			d.addAt(at(n.GetToken()), dotted(path), fmt.Sprintf("no anchor is called %q above this line", name))
			return nil
		}
		return d.walk(target, path)
	case *ast.TagNode:
		return d.walk(n.Value, path)
	case *ast.StringNode:
		return d.expand(n.Value, path)
	case *ast.LiteralNode:
		return d.expand(n.Value.Value, path)
	case *ast.NullNode:
		return nil
	}
	var v any
	if err := yaml.NodeToValue(n, &v); err != nil {
		d.addAt(at(n.GetToken()), dotted(path), "not understood: "+firstLine(err))
	}
	return v
}

func (d *document) walkMapping(pairs []*ast.MappingValueNode, path []string) any {
	m := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		sub := slices.Concat(path, []string{name})
		if _, twice := m[name]; twice {
			first := d.keys[pathKey(sub)]
			d.addAt(at(pair.Key.GetToken()), dotted(sub), fmt.Sprintf("stands here for the second time; the first is in line %d", first.line))
			continue
		}
		d.keys[pathKey(sub)] = at(pair.Key.GetToken())
		m[name] = d.walk(pair.Value, sub)
	}
	return m
}

// reference is ${NAME} or ${file:PATH}.
var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// environmentName is what an environment variable may be called.
var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand puts the values of environment variables and files into a string. What comes
// in is never expanded or parsed again.
func (d *document) expand(s string, path []string) string {
	if len(path) == 1 && path[0] == "ledger" {
		return d.expandLedger(s, path)
	}
	return d.fill(s, path, func(v string) string { return v })
}

// fill is expand, with each value passed through escape.
func (d *document) fill(s string, path []string, escape func(string) string) string {
	return reference.ReplaceAllStringFunc(s, func(ref string) string {
		name := ref[2 : len(ref)-1]
		if file, ok := strings.CutPrefix(name, "file:"); ok {
			if !filepath.IsAbs(file) {
				file = filepath.Join(d.dir, file)
			}
			b, err := os.ReadFile(file) //nolint:gosec // named by whoever wrote the configuration
			if err != nil {
				d.add(path, fmt.Sprintf("the file that %s names cannot be read: %v", ref, err))
			}
			return escape(strings.TrimRight(string(b), "\r\n"))
		}
		if !environmentName.MatchString(name) {
			d.add(path, fmt.Sprintf("%s is neither ${ENVIRONMENT_VARIABLE} nor ${file:PATH}", ref))
			return ""
		}
		v, ok := d.getenv(name)
		if !ok || v == "" {
			d.add(path, fmt.Sprintf("the environment variable %s is not set, or empty; set it, or write ${file:PATH}", name))
		}
		return escape(v)
	})
}

// add records a problem with the value at path.
func (d *document) add(path []string, message string) {
	d.addAt(d.placeOf(path), dotted(path), message)
}

func (d *document) addAt(p place, path, message string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: p.line, Column: p.column, Path: path, Message: message})
}

// placeOf returns where the value at path stands, or the nearest thing around it.
func (d *document) placeOf(path []string) place {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if p, ok := d.values[pathKey(path)]; ok {
			return p
		}
	}
	return d.values[pathKey(nil)]
}

func at(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, t.Position.Column}
}

func pathKey(path []string) string { return strings.Join(path, "\x00") }

// dotted writes a path as connections[1].target.baseUrl.
func dotted(path []string) string {
	var b strings.Builder
	for _, p := range path {
		if _, err := strconv.Atoi(p); err == nil {
			b.WriteString("[" + p + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p)
	}
	return b.String()
}

// syntaxPlace finds the line and column in an error of the YAML library, which starts
// with "[line:column]".
func syntaxPlace(err error) place {
	var p place
	if _, e := fmt.Sscanf(err.Error(), "[%d:%d]", &p.line, &p.column); e != nil {
		return place{1, 1}
	}
	return p
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	if _, rest, ok := strings.Cut(line, "] "); ok && strings.HasPrefix(line, "[") {
		line = rest
	}
	return line
}
