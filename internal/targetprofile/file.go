package targetprofile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/oktascim/oktascim/internal/nearest"
)

// maxBytes bounds a file; a profile has a hundred lines.
const maxBytes = 1 << 20

// Read reads a profile. The error names the place of an unknown key, with the key that
// was probably meant, or every value that cannot be.
func Read(r io.Reader) (*Profile, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the target profile: %w", err)
	case len(text) > maxBytes:
		return nil, fmt.Errorf("target profile: more than %d bytes", maxBytes)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("target profile: the file is empty")
	}
	p := &Profile{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(p); err != nil {
		return nil, fmt.Errorf("target profile: %s%s", strings.TrimSpace(yaml.FormatError(err, false, true)), meant(err))
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	return p, nil
}

var unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)

// meant guesses the key behind one that there is not.
func meant(err error) string {
	if found := unknownField.FindStringSubmatch(err.Error()); found != nil {
		var keys []string
		for path := range facts(reflect.ValueOf(Profile{}), "") {
			keys = append(keys, strings.Split(path, ".")...)
		}
		if near := nearest.One(found[1], keys); near != "" {
			return fmt.Sprintf("\ndid you mean %q?", near)
		}
	}
	return ""
}

// Write writes a profile as it is read.
func (p *Profile) Write(w io.Writer) error {
	if err := p.Check(); err != nil {
		return err
	}
	b, err := yaml.MarshalWithOptions(p, yaml.OmitZero(), yaml.IndentSequence(true))
	if err != nil {
		return fmt.Errorf("writing the target profile: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// Check says everything that is wrong with a profile.
func (p *Profile) Check() error {
	c := &checker{}
	if p.Version != Version {
		c.add("version", "it is %d, this program reads %d", p.Version, Version)
	}
	if l := p.Learned; l != nil {
		if _, err := time.Parse(time.DateOnly, l.Day); err != nil {
			c.add("learned.day", "%q is no date such as 2026-12-31", l.Day)
		}
	}
	for _, s := range p.Lists.Pages {
		oneOf(c, "lists.pages", s, Index, Cursor, OnePage)
	}
	for _, m := range slices.Concat(p.Members.Read, p.Members.Hidden) {
		oneOf(c, "members", m, InGroup, InGroupList, ByFilter, OfUser)
		if slices.Contains(p.Members.Read, m) && slices.Contains(p.Members.Hidden, m) {
			c.add("members", "%q is among those that work and those that do not", m)
		}
	}
	values := facts(reflect.ValueOf(*p), "")
	for path, v := range values {
		switch v := v.Interface().(type) {
		case Support:
			oneOf(c, path, v, "", Works, Refused, Ignored)
		case map[string]Support:
			for name, s := range v {
				oneOf(c, path+"."+name, s, Works, Refused, Ignored)
			}
		case CaseRule:
			oneOf(c, path, v, "", AnyCase, ExactCase)
		case AfterDelete:
			oneOf(c, path, v, "", Gone, Deactivated, Kept, NoDelete)
		case int:
			if v < 0 {
				c.add(path, "it must not be negative")
			}
		case float64:
			if v < 0 {
				c.add(path, "it must not be negative")
			}
		}
	}
	c.limits(p)
	for path := range p.Sources {
		base := path
		if strings.HasPrefix(path, "lists.filters.") {
			base = "lists.filters"
		}
		if v, ok := values[base]; !ok {
			c.add("sources", "%q is no fact%s", path, suggest(path, values))
		} else if v.IsZero() {
			c.add("sources", "%q has a source and no value", path)
		}
	}
	slices.SortFunc(c.problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(c.problems...)
}

// limits are the rules between two numbers.
func (c *checker) limits(p *Profile) {
	if m := p.Members; m.RefusedPerPatch > 0 && m.RefusedPerPatch <= m.MostPerPatchSeen {
		c.add("members.refusedPerPatch", "%d was refused, and %d taken: only one can be", m.RefusedPerPatch, m.MostPerPatchSeen)
	}
}

func suggest(path string, values map[string]reflect.Value) string {
	var names []string
	for name := range values {
		names = append(names, name)
	}
	if near := nearest.One(path, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

type checker struct{ problems []error }

func (c *checker) add(path, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("target profile: %s: %s", path, fmt.Sprintf(format, args...)))
}

func oneOf[T ~string](c *checker, path string, got T, known ...T) {
	if slices.Contains(known, got) {
		return
	}
	var words []string
	for _, k := range known {
		if k != "" {
			words = append(words, string(k))
		}
	}
	c.add(path, "%q: it is %s, or left out if it is not known", got, strings.Join(words, ", "))
}

// Known returns the paths of the facts that have a value, sorted.
func (p *Profile) Known() []string {
	var all []string
	for path, v := range facts(reflect.ValueOf(*p), "") {
		if !v.IsZero() {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return all
}

// facts walks through the leaves, by their path in the file. The head of the file and
// the sources are no facts.
func facts(v reflect.Value, prefix string) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if prefix == "" && slices.Contains([]string{"version", "name", "learned", "sources"}, name) {
			continue
		}
		if field := v.Field(i); field.Kind() == reflect.Struct {
			maps.Copy(all, facts(field, prefix+name+"."))
		} else {
			all[prefix+name] = field
		}
	}
	return all
}
