package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	editors "github.com/invopop/jsonschema"
	checks "github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaID names the schema; editors fetch nothing from it.
const schemaID = "https://github.com/oktascim/oktascim/configs/oktascim.schema.json"

// Schema returns the JSON schema of a configuration file, indented, as editors read it.
// It is made from the types of this package, and [Load] checks files with it.
func Schema() ([]byte, error) {
	r := editors.Reflector{RequiredFromJSONSchemaTags: true, ExpandedStruct: true, BaseSchemaID: ""}
	s := r.Reflect(&Config{})
	s.ID = schemaID
	s.Title = "oktascim configuration"
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	return append(out, '\n'), nil
}

func compileSchema() (*checks.Schema, error) {
	text, err := Schema()
	if err != nil {
		return nil, err
	}
	doc, err := checks.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	c := checks.NewCompiler()
	if err := c.AddResource(schemaID, doc); err != nil {
		return nil, fmt.Errorf("adding the schema: %w", err)
	}
	s, err := c.Compile(schemaID)
	if err != nil {
		return nil, fmt.Errorf("compiling the schema: %w", err)
	}
	return s, nil
}

// propertiesAt returns the names that the schema knows for the object at path, a list of
// keys and indexes; nil if it is no object of ours.
func propertiesAt(path []string) []string {
	root := schemaTree()
	node := root
	for _, step := range path {
		node = follow(root, node)
		if items, ok := node["items"].(map[string]any); ok {
			node = items
			continue
		}
		props, _ := node["properties"].(map[string]any)
		next, ok := props[step].(map[string]any)
		if !ok {
			return nil
		}
		node = next
	}
	props, _ := follow(root, node)["properties"].(map[string]any)
	return slices.Collect(maps.Keys(props))
}

// exampleAt returns the first example of the subschema that a schema URL names, "" if
// it has none.
func exampleAt(schemaURL string) string {
	_, pointer, _ := strings.Cut(schemaURL, "#")
	node := schemaTree()
	for step := range strings.SplitSeq(strings.Trim(pointer, "/"), "/") {
		node, _ = node[step].(map[string]any)
	}
	examples, _ := node["examples"].([]any)
	if len(examples) == 0 {
		return ""
	}
	return fmt.Sprint(examples[0])
}

// follow replaces a reference by what it points to.
func follow(root, node map[string]any) map[string]any {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	defs, _ := root["$defs"].(map[string]any)
	def, _ := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	return def
}

// schemaTree returns the schema as plain maps; empty if it cannot be made, which
// compileSchema reports.
func schemaTree() map[string]any {
	text, err := Schema()
	if err != nil {
		return nil
	}
	var root map[string]any
	_ = json.Unmarshal(text, &root)
	return root
}
