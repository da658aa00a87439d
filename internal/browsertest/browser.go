// Package browsertest drives a real Chromium in tests, one browser for each
// test, with every figure a test may want to turn: size, colour scheme, script
// on or off. A step that does not work ends the test and says what it was
// waiting for; the page as it was then is kept as a picture.
//
//	b := browsertest.Start(t, browsertest.Options{})
//	b.Open(server.URL + "/admin/")
//	b.Type("#password", password)
//	b.Follow("button.primary")
//	b.WaitText("h1", "Connection")
//	b.Screenshot("connection")
//
// Chromium is looked for in $OKTASCIM_CHROMIUM, then by its usual names. Without
// one the test is skipped; with OKTASCIM_CHROMIUM=required it fails instead.
package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	// guard ends a step that will never work, so that the test says which one
	// it was. It is far above what a busy machine needs and measures nothing.
	guard = 60 * time.Second
	// lookAgain is how often a step looks whether the page has got there.
	lookAgain = 20 * time.Millisecond
)

// Options says how a browser starts. The zero value is a light window of 1280
// by 900 with script.
type Options struct {
	Width, Height int64 // CSS pixels; 0 means 1280 and 900
	Dark          bool
	NoScript      bool
	TimeZone      string // IANA name; "" means that of the machine
}

// Browser is one browser with one tab. Its methods end the test when they fail.
// It belongs to one goroutine.
type Browser struct {
	tb        testing.TB
	ctx       context.Context //nolint:containedctx // chromedp keeps the tab in it; there is no other handle
	artifacts string
}

// Start starts a browser, which ends with the test, or skips the test where
// there is none.
func Start(tb testing.TB, o Options) *Browser {
	tb.Helper()
	program := find(tb)
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // as root, in a container
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), // everything is on this machine
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en-US"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocator)
	tb.Cleanup(func() {
		cancel()
		stop()
	})
	// No deadline on this one: it is the life of the browser.
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("starting %s: %v", program, err)
	}
	b := &Browser{tb: tb, ctx: ctx, artifacts: os.Getenv("OKTASCIM_ARTIFACTS")}
	if b.artifacts == "" {
		b.artifacts = tb.TempDir()
	}
	if o.Width == 0 {
		o.Width = 1280
	}
	if o.Height == 0 {
		o.Height = 900
	}
	b.Size(o.Width, o.Height)
	b.Dark(o.Dark)
	b.Script(!o.NoScript)
	if o.TimeZone != "" {
		_, err := chromedp.Call(b.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: o.TimeZone})
		b.must("time zone "+o.TimeZone, err)
	}
	return b
}

// find returns the path of a Chromium, or skips the test.
func find(tb testing.TB) string {
	tb.Helper()
	named := os.Getenv("OKTASCIM_CHROMIUM")
	if named != "" && named != "required" {
		return named
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const help = "no chromium in PATH; install one (Debian: apt-get install chromium) or name it in OKTASCIM_CHROMIUM"
	if named == "required" {
		tb.Fatal(help)
	}
	tb.Skip(help)
	return ""
}

// Context is the tab for steps that this package does not have.
func (b *Browser) Context() context.Context { return b.ctx }

// Size sets the size of the page in CSS pixels.
func (b *Browser) Size(width, height int64) {
	b.tb.Helper()
	b.do(fmt.Sprintf("size %d x %d", width, height), chromedp.EmulateViewport(width, height))
}

// Dark sets the colour scheme that the reader prefers.
func (b *Browser) Dark(on bool) {
	b.tb.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	b.must("colour scheme "+scheme, err)
}

// Script switches the scripts of the pages that are opened from now on.
func (b *Browser) Script(on bool) {
	b.tb.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	b.must(fmt.Sprintf("script %v", on), err)
}

// Open goes to an address, waits until the page is there and returns the status.
func (b *Browser) Open(url string) int {
	b.tb.Helper()
	return b.response("opening "+url, chromedp.Navigate(url))
}

// Reload loads the page again.
func (b *Browser) Reload() int {
	b.tb.Helper()
	return b.response("loading again", chromedp.Reload())
}

// Back goes one page back. The error is the browser's where it will not show
// that page again, as with the answer to a form that was not to be stored.
func (b *Browser) Back() error {
	ctx, cancel := context.WithTimeout(b.ctx, guard)
	defer cancel()
	return chromedp.Do(ctx, chromedp.NavigateBack())
}

// Click clicks on what the CSS selector finds, once it is visible.
func (b *Browser) Click(selector string) {
	b.tb.Helper()
	b.WaitVisible(selector)
	b.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Follow clicks and waits for the page that this leads to. It returns the status.
func (b *Browser) Follow(selector string) int {
	b.tb.Helper()
	b.WaitVisible(selector)
	return b.response("following "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Type writes text into a field, after what is in it.
func (b *Browser) Type(selector, text string) {
	b.tb.Helper()
	b.WaitVisible(selector)
	b.do("typing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Press presses keys one after the other, wherever the focus is; names are in
// chromedp's package kb.
func (b *Browser) Press(keys ...string) {
	b.tb.Helper()
	for _, k := range keys {
		b.do(fmt.Sprintf("pressing %q", k), chromedp.KeyEvent(k))
	}
}

// PressAndFollow presses a key and waits for the page that this leads to.
func (b *Browser) PressAndFollow(key string) int {
	b.tb.Helper()
	return b.response(fmt.Sprintf("pressing %q", key), chromedp.KeyEvent(key))
}

// TabTo presses Tab until the focus is on what the selector finds, as somebody
// without a mouse does. It fails when the focus has been everywhere without.
func (b *Browser) TabTo(selector string) {
	b.tb.Helper()
	var seen []string
	for range 200 {
		b.Press("\t")
		if b.Eval("document.activeElement.matches("+quote(selector)+")") == true {
			return
		}
		// Behind the last stop the focus leaves the page, then it begins at
		// the top: the second time that it leaves, it has been everywhere.
		name := b.Focused()
		if name == "" && slices.Contains(seen, "") {
			break
		}
		seen = append(seen, name)
	}
	b.tb.Fatalf("Tab never reaches %s; it went to: %s", selector, strings.Join(seen, " | "))
}

// Focused describes what has the focus: its id, else its text; "" for the page itself.
func (b *Browser) Focused() string {
	b.tb.Helper()
	s, _ := b.Eval(`(e => e === document.body ? "" : e.id ? "#" + e.id : e.tagName.toLowerCase() + " " + (e.textContent || e.value || "").trim().slice(0, 40))(document.activeElement)`).(string)
	return s
}

// Text returns the text that a person sees at the first place the selector finds.
func (b *Browser) Text(selector string) string {
	b.tb.Helper()
	b.Wait("!!document.querySelector("+quote(selector)+")", selector)
	s, _ := b.Eval("document.querySelector(" + quote(selector) + ").innerText").(string)
	return strings.TrimSpace(s)
}

// Value returns what is in a field.
func (b *Browser) Value(selector string) string {
	b.tb.Helper()
	b.Wait("!!document.querySelector("+quote(selector)+")", selector)
	s, _ := b.Eval("document.querySelector(" + quote(selector) + ").value").(string)
	return s
}

// Has tells whether the page has what the selector finds, visible or not, now.
func (b *Browser) Has(selector string) bool {
	b.tb.Helper()
	return b.Eval("!!document.querySelector("+quote(selector)+")") == true
}

// Eval runs an expression in the page, even where scripts are switched off, and
// returns its value as JSON makes it: nil, bool, float64, string, []any or
// map[string]any. A promise is waited for.
func (b *Browser) Eval(expression string) any {
	b.tb.Helper()
	v, err := b.eval(expression)
	b.must("evaluating "+expression, err)
	return v
}

func (b *Browser) eval(expression string) (any, error) {
	ctx, cancel := context.WithTimeout(b.ctx, guard)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[any](expression, chromedp.EvalAwaitPromise))
}

// WaitVisible waits until what the selector finds can be seen.
func (b *Browser) WaitVisible(selector string) {
	b.tb.Helper()
	b.Wait("(e => !!e && e.checkVisibility() && e.getClientRects().length > 0)(document.querySelector("+quote(selector)+"))", selector+" to be visible")
}

// WaitText waits until the text at the selector contains text.
func (b *Browser) WaitText(selector, text string) {
	b.tb.Helper()
	b.Wait("(e => !!e && e.innerText.includes("+quote(text)+"))(document.querySelector("+quote(selector)+"))", fmt.Sprintf("%s to say %q", selector, text))
}

// Wait waits until an expression is true. what says it in words.
func (b *Browser) Wait(expression, what string) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, guard)
	defer cancel()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		// An error is likely a page that is going; the next look finds the new one.
		if v, err := b.eval(expression); err == nil && v == true {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.must("waiting for "+what, ctx.Err())
		}
	}
}

// Screenshot keeps a picture of the page, from its top and at most three
// windows high, as NAME.png in $OKTASCIM_ARTIFACTS, or in a folder that goes
// with the test, and returns its path.
func (b *Browser) Screenshot(name string) string {
	b.tb.Helper()
	path, err := b.screenshot(name)
	b.must("taking the picture "+name, err)
	return path
}

func (b *Browser) screenshot(name string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, guard)
	defer cancel()
	size, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64]("[innerWidth, Math.max(innerHeight, Math.min(document.documentElement.scrollHeight, 3 * innerHeight))]"))
	if err != nil {
		return "", err
	}
	beyond := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Clip:                  &page.Viewport{Width: size[0], Height: size[1], Scale: 1},
		CaptureBeyondViewport: &beyond,
	})
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(b.artifacts, 0o750); err != nil {
		return "", err
	}
	path := filepath.Join(b.artifacts, name+".png")
	return path, os.WriteFile(path, shot.Data, 0o600)
}

// do runs one step with the guard.
func (b *Browser) do(what string, step chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, guard)
	defer cancel()
	b.must(what, chromedp.Do(ctx, step))
}

// response runs one step that leads to a page and returns its status.
func (b *Browser) response(what string, step chromedp.Action[chromedp.Void]) int {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, guard)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, step)
	b.must(what, err)
	if res == nil {
		return 0
	}
	return int(res.Status)
}

// must ends the test after an error, with a picture of the page.
func (b *Browser) must(what string, err error) {
	b.tb.Helper()
	if err == nil {
		return
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("nothing happened in %s", guard)
	}
	name := "failed-" + strings.NewReplacer("/", "-", " ", "-").Replace(b.tb.Name())
	if path, shotErr := b.screenshot(name); shotErr == nil {
		b.tb.Logf("the page at that moment: %s", path)
	}
	b.tb.Fatalf("%s: %v", what, err)
}

// quote makes a JavaScript string.
func quote(s string) string {
	j, _ := json.Marshal(s) // a string always works
	return string(j)
}
