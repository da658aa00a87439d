package scimtarget

import (
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/agent/directory"
)

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func decoded(t interface{ Fatal(...any) }, text string) map[string]any {
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAPathReadsAndWritesWhatItNames(t *testing.T) {
	for _, c := range []struct {
		name, path, before string
		get                directory.Value
		set                directory.Value
		after              string
	}{
		{"a simple attribute", "title", `{"title":"Engineer"}`, `"Engineer"`, `"Lead"`, `{"title":"Lead"}`},
		{"names are compared without case", "displayName", `{"DisplayName":"A"}`, `"A"`, `"B"`, `{"DisplayName":"B"}`},
		{"a sub-attribute", "name.givenName", `{"name":{"familyName":"L"}}`, ``, `"Ada"`, `{"name":{"familyName":"L","givenName":"Ada"}}`},
		{"cleared, the last of a complex one", "name.givenName", `{"name":{"givenName":"Ada"}}`, `"Ada"`, ``, `{}`},
		{"the core schema's prefix is none", coreUser + ":title", `{"title":"x"}`, `"x"`, `"y"`, `{"title":"y"}`},
		{"a selected entry", `emails[type eq "work"].value`, `{"emails":[{"type":"home","value":"h"},{"type":"WORK","value":"w"}]}`, `"w"`, `"v"`, `{"emails":[{"type":"home","value":"h"},{"type":"WORK","value":"v"}]}`},
		{"the primary entry", `emails[primary eq true].value`, `{"emails":[{"value":"h"},{"value":"w","primary":true}]}`, `"w"`, `"v"`, `{"emails":[{"value":"h"},{"value":"v","primary":true}]}`},
		{"a single entry without the flag", `emails[primary eq true].value`, `{"emails":[{"value":"w"}]}`, `"w"`, `"v"`, `{"emails":[{"value":"v"}]}`},
		{"a single entry without the flag is not cleared for it", `emails[primary eq true].value`, `{"emails":[{"type":"work","value":"w"}]}`, `"w"`, ``, `{"emails":[{"type":"work","value":"w"}]}`},
		{"an entry that is not there", `emails[type eq "work"].value`, `{}`, ``, `"w"`, `{"emails":[{"type":"work","value":"w"}]}`},
		{"an entry without its value is none", `emails[type eq "work"].value`, `{"emails":[{"type":"home","value":"h"},{"type":"work","value":"w","primary":true}]}`, `"w"`, ``, `{"emails":[{"type":"home","value":"h"}]}`},
		{"an address keeps its other parts", `addresses[type eq "work"].locality`, `{"addresses":[{"type":"work","locality":"X","country":"DE"}]}`, `"X"`, ``, `{"addresses":[{"type":"work","country":"DE"}]}`},
		{"an extension that is new", enterprise + ":department", `{"schemas":["` + coreUser + `"]}`, ``, `"R&D"`, `{"schemas":["` + coreUser + `","` + enterprise + `"],"` + enterprise + `":{"department":"R&D"}}`},
		{"an extension that ends", enterprise + ":department", `{"schemas":["` + coreUser + `","` + enterprise + `"],"` + enterprise + `":{"department":"R&D"}}`, `"R&D"`, ``, `{"schemas":["` + coreUser + `"]}`},
		{"a sub-attribute of an extension", enterprise + ":manager.value", `{"schemas":[],"` + enterprise + `":{"manager":{"value":"1"}}}`, `"1"`, `"2"`, `{"schemas":["` + enterprise + `"],"` + enterprise + `":{"manager":{"value":"2"}}}`},
		{"a number is as short as can be", "x", `{"x":42.0}`, `42`, `7`, `{"x":7}`},
		{"empty text is nothing", "title", `{"title":""}`, ``, ``, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePath(c.path)
			if err != nil {
				t.Fatal(err)
			}
			r := decoded(t, c.before)
			if got := p.get(r); got != c.get {
				t.Errorf("get: %s, want %s", got, c.get)
			}
			if err := p.set(r, c.set); err != nil {
				t.Fatal(err)
			}
			if got, want := directory.Canonical(r), directory.Canonical(decoded(t, c.after)); got != want {
				t.Errorf("after set:\n%s, want\n%s", got, want)
			}
		})
	}
}

func TestAPathThatCannotBeReadIsNamed(t *testing.T) {
	for _, text := range []string{"", `emails[type eq "work".value`, "emails[type]", "emails[type eq work].value", `emails[type ne "x"].value`} {
		if p, err := parsePath(text); err == nil {
			t.Errorf("%q was read as %v", text, p)
		}
	}
}

func TestWhatIsSetIsWhatIsGot(t *testing.T) {
	paths := []string{
		"title", "name.givenName", `emails[type eq "work"].value`, `phoneNumbers[primary eq true].value`, `addresses[type eq "home"].country`,
		enterprise + ":department", enterprise + ":manager.value", `urn:acme:1.0:Badge:cards[type eq "x"].value`,
	}
	rapid.Check(t, func(t *rapid.T) {
		r := map[string]any{"schemas": []any{coreUser}}
		want := map[string]directory.Value{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			text := rapid.SampledFrom(paths).Draw(t, "path")
			value := directory.Value("")
			if s := rapid.String().Draw(t, "value"); s != "" {
				value = directory.Canonical(s)
			}
			p, err := parsePath(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.set(r, value); err != nil {
				t.Fatal(err)
			}
			want[text] = value
			if got := p.get(r); got != value {
				t.Fatalf("%s: got %s after setting %s in %s", text, got, value, directory.Canonical(r))
			}
		}
		for _, text := range []string{"title", "name.givenName", enterprise + ":department", enterprise + ":manager.value"} {
			p, _ := parsePath(text)
			if got := p.get(r); got != want[text] {
				t.Fatalf("%s: got %s, want %s in %s", text, got, want[text], directory.Canonical(r))
			}
		}
	})
}
