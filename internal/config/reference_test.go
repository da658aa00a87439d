package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/config"
)

var update = flag.Bool("update", false, "rewrite the generated references")

// The schema that editors use and the reference are made from the types; these two tests
// keep the files in step with them. make docs rewrites both.
func TestReferenceSchemaIsFresh(t *testing.T) {
	schema, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, filepath.Join("..", "..", "configs", "oktascim.schema.json"), schema)
}

func TestReferenceOfTheConfigurationIsFresh(t *testing.T) {
	schema, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, filepath.Join("..", "..", "docs", "configuration.md"), reference(t, schema))
}

func TestTheExampleIsAConfiguration(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "configs", "oktascim.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("oktascim.example.yaml", text, func(string) (string, bool) { return "secret", true })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Connections) != 1 || c.Connections[0].Target.Auth.Header.Reveal() != "secret" {
		t.Errorf("got %+v", c)
	}
}

func fresh(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(have, want) {
		t.Errorf("%s is not what the types say (%v); run: make docs", file, err)
	}
}

const referenceIntro = `# Configuration

Generated from the types by ` + "`make docs`" + `; do not edit.

oktascim reads ` + "`oktascim.yaml`" + ` in the current folder, or the file that ` + "`-c`" + ` names. It is read strictly: a key that
is not here is an error, and every error is named with its line and column, all at once. [An example](../configs/oktascim.example.yaml).

- A string may take its value from the environment, ` + "`\"${OKTA_API_TOKEN}\"`" + `, or from a file, ` + "`\"${file:/run/secrets/okta}\"`" + `. What is put in
  that way is never read as YAML. Keep secrets there: no secret is ever written to a log, a report or an error.
- Paths are relative to the file's folder.
- Durations are written ` + "`30s`, `15m`, `1h30m`" + `, shares ` + "`50%`" + `.
- For editors: ` + "`oktascim config schema > oktascim.schema.json`" + `, and as the first line of the file
  ` + "`# yaml-language-server: $schema=./oktascim.schema.json`" + `.

| key | type | what |
|---|---|---|
`

type schemaNode struct {
	Ref         string                `json:"$ref"`
	Type        string                `json:"type"`
	Description string                `json:"description"`
	Properties  map[string]schemaNode `json:"properties"`
	Items       *schemaNode           `json:"items"`
	Required    []string              `json:"required"`
	Enum        []any                 `json:"enum"`
	Examples    []any                 `json:"examples"`
	Defs        map[string]schemaNode `json:"$defs"`
}

// reference writes every key with its type and what it is for.
func reference(t *testing.T, schema []byte) []byte {
	t.Helper()
	var root schemaNode
	if err := json.Unmarshal(schema, &root); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(referenceIntro)
	writeKeys(&b, root.Defs, root, "", order(t, schema))
	return []byte(b.String())
}

func writeKeys(b *strings.Builder, defs map[string]schemaNode, n schemaNode, prefix string, position map[string]int) {
	names := make([]string, 0, len(n.Properties))
	for name := range n.Properties {
		names = append(names, name)
	}
	// In the order of the types, as a file would be written.
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			if position[names[j]] < position[names[i]] {
				names[i], names[j] = names[j], names[i]
			}
		}
	}
	for _, name := range names {
		p := n.Properties[name]
		inner := resolve(defs, p)
		key, kind := prefix+name, inner.Type
		if inner.Type == "array" && inner.Items != nil {
			item := resolve(defs, *inner.Items)
			kind = "list of " + item.Type + "s"
			inner, key = item, key+"[]"
		}
		if len(inner.Enum) > 0 {
			var words []string
			for _, e := range inner.Enum {
				words = append(words, fmt.Sprintf("`%v`", e))
			}
			kind = strings.Join(words, " or ")
		}
		for _, r := range n.Required {
			if r == name {
				kind += ", required"
			}
		}
		text := p.Description
		if text == "" {
			text = inner.Description
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, kind, strings.ReplaceAll(text, "|", `\|`))
		writeKeys(b, defs, inner, key+".", position)
	}
}

func resolve(defs map[string]schemaNode, n schemaNode) schemaNode {
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		return defs[name]
	}
	return n
}

// order is where each name stands first in the schema's text, which follows the types.
func order(t *testing.T, schema []byte) map[string]int {
	t.Helper()
	position := map[string]int{}
	dec := json.NewDecoder(bytes.NewReader(schema))
	for {
		token, err := dec.Token()
		if err != nil {
			return position
		}
		if name, ok := token.(string); ok {
			if _, seen := position[name]; !seen {
				position[name] = int(dec.InputOffset())
			}
		}
	}
}
