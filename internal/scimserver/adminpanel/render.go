package adminpanel

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pageFiles are the pages; each is made of layout.html and its own file.
func pageFiles() []string {
	return []string{"sign-in", "connection", "new-token", "token", "users", "user", "groups", "group", "requests", "trouble", "oauth", "oauth-secret", "data", "sample", "reset", "tenants", "message"}
}

// parsePages reads the templates. They are part of the program, so an error in
// one is a bug that the first test finds.
func parsePages() map[string]*template.Template {
	funcs := template.FuncMap{
		"when": when, "number": number, "plural": plural, "statusText": statusText, "indent": indent, "duration": duration, "outcome": outcome, "schemaName": schemaName, "field": field, "copied": copied,
	}
	pages := map[string]*template.Template{}
	for _, name := range pageFiles() {
		t := template.New("layout.html").Funcs(funcs)
		pages[name] = template.Must(t.ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
	return pages
}

// page is what every page needs.
type page struct {
	Title    string
	Name     string // of the server
	Tenant   string // what to call the tenant; "" where there is only one
	Here     string // the entry of the navigation that is this page
	Root     string // what leads from here to the panel's folder: "" or "../"…
	Base     string // what leads from here to the tenant's folder
	SignedIn bool
	Flash    string
	Trouble  []string // what the connection does to requests on purpose
}

// page is for a visitor who has signed in; v is nil for anybody else.
func (p *Panel) page(r *http.Request, v *visit, title, here string) page {
	x := page{Title: title, Name: p.o.Name, Here: here, Root: root(r), Base: root(r)}
	if v == nil {
		return x
	}
	x.SignedIn, x.Flash = true, v.session.said()
	if v.tenant.name != "" {
		x.Base += "t/" + v.tenant.name + "/"
	}
	x.Trouble = troubleWords(v.tenant.connection)
	if len(p.tenants) > 1 {
		x.Tenant = v.tenant.title()
	}
	return x
}

// render makes a whole page before the first byte goes out, so that an error
// is a 500 and not half a page.
func (p *Panel) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.pages[name].Execute(&b, data); err != nil {
		p.o.Log.Error().Err(err).Str("page", name).Msg("admin panel page failed")
		http.Error(w, "The page could not be made; the server's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that went away is no error of ours
}

// messagePage is the data of message.html.
type messagePage struct {
	page
	Text string
}

// fail shows a page that says what went wrong.
func (p *Panel) fail(w http.ResponseWriter, r *http.Request, v *visit, status int, title, text string) {
	p.render(w, status, "message", messagePage{page: p.page(r, v, title, ""), Text: text})
}

// asset is one file that the pages use.
type asset struct {
	content     []byte
	contentType string
	etag        string
}

func loadAssets() map[string]asset {
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err) // embedded
	}
	// Not from the mime package, which reads the tables of the machine.
	contentTypes := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	assets := map[string]asset{}
	for _, e := range entries {
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err) // embedded
		}
		sum := sha256.Sum256(b)
		assets[e.Name()] = asset{b, contentTypes[path.Ext(e.Name())], `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return assets
}

func (p *Panel) serveAsset(w http.ResponseWriter, r *http.Request) {
	a := p.assets[path.Base(r.URL.Path)]
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "no-cache") // asks each time, is told 304
	h.Set("ETag", a.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}

// when shows a time in UTC; the script adds the local form beside it.
func when(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	u := t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s UTC</time>`, u.Format(time.RFC3339Nano), u.Format("2006-01-02 15:04:05"))) //nolint:gosec // G203: digits only
}

// copiedField is a value to be copied into Okta.
type copiedField struct{ ID, Label, Value, Hint string }

func copied(id, label, value, hint string) copiedField { return copiedField{id, label, value, hint} }

// number groups digits by thousands: 12,345.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// statusText is a status as number and words: colour alone tells nobody anything.
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// outcome is the class of a status.
func outcome(status int) string {
	switch {
	case status >= 500:
		return "bad"
	case status >= 400:
		return "warn"
	}
	return "good"
}

// indent spreads compact JSON over lines; anything else stays as it is.
func indent(body string) string {
	v := jsontext.Value(body)
	if err := v.Indent(jsontext.WithIndent("  "), jsontext.AllowDuplicateNames(true)); err != nil {
		return body
	}
	return string(v)
}

func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + " µs"
	case d < 10*time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// schemaName is what a person calls a schema.
func schemaName(urn string) string {
	switch strings.ToLower(urn) {
	case "urn:ietf:params:scim:schemas:core:2.0:user":
		return "User"
	case "urn:ietf:params:scim:schemas:core:2.0:group":
		return "Group"
	case "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user":
		return "Enterprise user"
	}
	return "Extension"
}
