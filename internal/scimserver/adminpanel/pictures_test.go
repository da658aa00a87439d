package adminpanel_test

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/scimserver"
)

var pictures = flag.Bool("pictures", false, "write the pictures of docs/panel.md into docs/images")

// imagesDir is where docs/panel.md has its pictures.
const imagesDir = "../../../docs/images"

// TestPicturesOfThePanel goes the way of docs/panel.md and takes its pictures:
// make pictures. Without the flag it goes the way all the same, and checks that
// each picture is there.
func TestPicturesOfThePanel(t *testing.T) {
	t.Parallel()
	g := start(t)
	b := browsertest.Start(t, browsertest.Options{Width: 1000, Height: 640, TimeZone: "UTC"})
	take := func(name string, height int64) {
		t.Helper()
		to := filepath.Join(imagesDir, "panel-"+name+".png")
		if !*pictures {
			if info, err := os.Stat(to); err != nil || info.Size() > 100_000 {
				t.Errorf("%s: %v, or it is larger than 100 kB; write it with: make pictures", to, err)
			}
			return
		}
		b.Size(1000, height)
		if err := os.MkdirAll(imagesDir, 0o755); err != nil {
			t.Fatal(err)
		}
		shrink(t, b.Screenshot(name), to, int(height))
		b.Size(1000, 640)
	}

	b.Open(g.url + "/admin/")
	g.signInBrowser(b)
	b.Follow("#switch")
	b.Follow("#new-token")
	token := b.Value("#token")
	b.Eval(`document.querySelector("#token").value = "7c1e".padEnd(64, "5d9a40f2"); document.querySelector("#scim-url").value = "http://127.0.0.1:8081/scim/v2"; true`)
	take("token", 560)
	b.Follow("#done")
	if _, _, err := g.server.Sample(100); err != nil {
		t.Fatal(err)
	}
	g.clock.move(90 * time.Second)
	ada := g.create("User", adaBody)
	g.create("Group", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Engines team","members":[{"value":"`+ada+`"}]}`)
	g.scim(http.MethodGet, "/ServiceProviderConfig", "", token)
	g.scim(http.MethodGet, "/Users?filter=userName%20eq%20%22ada%40x.test%22&startIndex=1&count=100", "", token)
	g.scim(http.MethodPost, "/Users", adaBody, token)
	g.scim(http.MethodPatch, "/Users/"+ada, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Analyst"}]}`, token)
	b.Open(g.url + "/admin/")
	b.Eval(`document.querySelector("#scim-url").value = "http://127.0.0.1:8081/scim/v2"; true`)
	take("connection", 1140)
	b.Open(g.url + "/admin/users?q=ad")
	take("users", 640)
	b.Open(g.url + "/admin/users/" + ada)
	take("person", 1080)

	b.Open(g.url + "/admin/trouble")
	for field, value := range map[string]string{"#requests": "100", "#least": "50", "#most": "500", "#every": "20"} {
		b.Type(field, value)
	}
	b.Follow("#set-trouble")
	b.WaitText("#trouble-banner", "at most 100 requests in a minute")
	take("trouble", 1030)
	if err := g.connection.SetRateLimit(scimserver.RateLimit{Requests: 1}); err != nil {
		t.Fatal(err)
	}
	if err := g.connection.SetLatency(scimserver.Latency{}); err != nil {
		t.Fatal(err)
	}
	if err := g.connection.SetFailure(scimserver.Failure{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		g.scim(http.MethodGet, "/Groups?filter=displayName%20eq%20%22Engines%20team%22", "", token)
	}
	b.Open(g.url + "/admin/requests")
	b.Click("#requests tr:first-child summary")
	b.Eval(`document.querySelectorAll("#requests textarea").forEach(e => e.value = e.value.replaceAll(/127.0.0.1:\d+/g, "127.0.0.1:8081")); true`)
	take("requests", 1080)
	g.post("sign-in", "password", password)
	g.post("clear-trouble")
	b.Open(g.url + "/admin/oauth")
	b.Follow("#make-client")
	b.Eval(`document.querySelector("#secret").value = "91b7".padEnd(64, "e03c88d1"); document.querySelector("#client-id").value = "client-5b1f0c7de2a94836"; document.querySelector("#token-url").value = "http://127.0.0.1:8081/oauth/token"; true`)
	take("oauth", 720)
	b.Open(g.url + "/admin/reset")
	take("reset", 560)
}

// shrink writes a picture with 64 colours at most, and none of what is below
// the window: docs stay small.
func shrink(t *testing.T, from, to string, height int) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	full, err := png.Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	area := full.Bounds()
	area.Max.Y = min(area.Max.Y, height)
	count := map[color.Color]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[full.At(x, y)]++
		}
	}
	var colours color.Palette
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.Color) int {
		if n := count[b] - count[a]; n != 0 {
			return n
		}
		ar, ag, ab, _ := a.RGBA()
		br, bg, bb, _ := b.RGBA()
		return int(ar<<8+ag<<4+ab) - int(br<<8+bg<<4+bb)
	})
	small := image.NewPaletted(area, colours[:min(64, len(colours))])
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			small.Set(x, y, full.At(x, y))
		}
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(out, small); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
