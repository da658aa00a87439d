package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	checks "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/oktascim/oktascim/internal/nearest"
)

// Load reads the file. The error is [Problems] when something in the file is wrong.
func Load(file string) (*Config, error) {
	src, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no configuration at %s: name one with -c FILE", file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return Parse(file, src, os.LookupEnv)
}

// Parse reads src, which came from file. Paths in it are relative to the file's
// folder; getenv gives the environment. The error is [Problems] with all that is wrong.
func Parse(file string, src []byte, getenv func(string) (string, bool)) (*Config, error) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // as some editors of Windows begin a file
	d := parse(file, src, getenv)
	if d.value == nil {
		return nil, d.problems.sorted()
	}
	s, err := compileSchema()
	if err != nil {
		return nil, err
	}
	if err := s.Validate(d.value); err != nil {
		bad, ok := errors.AsType[*checks.ValidationError](err)
		if !ok {
			return nil, fmt.Errorf("checking the configuration: %w", err)
		}
		d.explain(bad)
	}
	var c Config
	text, err := json.Marshal(d.value)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	c.setDefaults()
	c.check(d)
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	c.resolve(d.dir)
	return &c, nil
}

// resolve makes the paths of the file independent of the folder we run in.
func (c *Config) resolve(dir string) {
	abs := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	if file, ok := strings.CutPrefix(c.Ledger, "sqlite:"); ok {
		abs(&file)
		c.Ledger = "sqlite:" + file
	}
	if a := c.Okta.Auth.ServiceApp; a != nil {
		abs(&a.PrivateKeyFile)
	}
	for i := range c.Connections {
		t := &c.Connections[i].Target
		abs(&t.CAFile)
		abs(&t.ClientCertFile)
		abs(&t.ClientKeyFile)
		if isFile(t.Profile) {
			abs(&t.Profile)
		}
	}
}

// explain turns a schema error into problems that a person can act on. A value that
// does not fit its type is taken out, so that the rest can be read and checked too.
func (d *document) explain(e *checks.ValidationError) {
	for _, cause := range e.Causes {
		d.explain(cause)
	}
	if len(e.Causes) > 0 {
		return
	}
	path := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		known := propertiesAt(path)
		for _, name := range k.Properties {
			sub := append(slices.Clone(path), name)
			message := "there is no such key here; " + knownKeys(name, known)
			d.addAt(d.keys[pathKey(sub)], dotted(sub), message)
		}
	case *kind.Required:
		for _, name := range k.Missing {
			d.add(path, fmt.Sprintf("%q is missing", name))
		}
	case *kind.Enum:
		var words []string
		for _, w := range k.Want {
			words = append(words, fmt.Sprint(w))
		}
		message := "must be one of " + strings.Join(words, ", ")
		if got, ok := k.Got.(string); ok {
			if near := nearest.One(got, words); near != "" {
				message += fmt.Sprintf("; did you mean %q?", near)
			}
		}
		d.add(path, message)
	case *kind.Type:
		message := fmt.Sprintf("must be %s, not %s", strings.Join(words(k.Want), " or "), word(k.Got))
		if example := exampleAt(e.SchemaURL); example != "" {
			message += "; write for example " + example
		}
		d.add(path, message)
		d.value = without(d.value, path)
	case *kind.Pattern:
		d.value = without(d.value, path)
		switch k.Want {
		case durationPattern:
			d.add(path, fmt.Sprintf("%q is no duration; write for example 30s, 15m or 1h", k.Got))
		case percentPattern:
			d.add(path, fmt.Sprintf("%q is no share; write for example 50%%", k.Got))
		default:
			d.add(path, fmt.Sprintf("%q may hold only letters, digits, '.', '_' and '-', and must start with a letter or digit", k.Got))
		}
	case *kind.MinItems:
		d.add(path, "must not be empty")
	case *kind.MinLength:
		if !d.blamed(path) {
			d.add(path, "must not be empty")
		}
	case *kind.UniqueItems:
		d.add(path, "names the same thing twice")
	case *kind.Minimum:
		d.add(path, fmt.Sprintf("must be at least %s", k.Want.RatString()))
	case *kind.Maximum:
		d.add(path, fmt.Sprintf("must be at most %s", k.Want.RatString()))
	case *kind.MaxLength:
		d.add(path, fmt.Sprintf("must be at most %d characters", k.Want))
	default:
		d.add(path, e.Error())
	}
}

// without returns v with the value at path taken out; an item of a list becomes null.
func without(v any, path []string) any {
	if len(path) == 0 {
		return map[string]any{}
	}
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
			return v
		}
		if sub, ok := v[path[0]]; ok {
			v[path[0]] = without(sub, path[1:])
		}
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(v) {
			return v
		}
		if len(path) == 1 {
			v[i] = nil
		} else {
			v[i] = without(v[i], path[1:])
		}
	}
	return v
}

// blamed reports whether something is already known to be wrong with the value at path.
func (d *document) blamed(path []string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Path == dotted(path) })
}

func knownKeys(name string, known []string) string {
	if near := nearest.One(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	slices.Sort(known)
	return "it knows " + strings.Join(known, ", ")
}

func words(types []string) []string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = word(t)
	}
	return out
}

// word says a JSON type as a person would.
func word(jsonType string) string {
	switch jsonType {
	case "string":
		return "text"
	case "boolean":
		return "true or false"
	case "object":
		return "a block of keys"
	case "array":
		return "a list"
	case "null":
		return "empty"
	case "integer", "number":
		return "a number"
	}
	return jsonType
}
