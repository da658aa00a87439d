package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// troubleFlags make the reference server slow, strict or failing, so that a
// person sees how a client takes it. The zero value leaves it alone.
type troubleFlags struct{ rateLimit, latency, fail string }

func (f *troubleFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.rateLimit, "rate-limit", "", "take `N/DURATION` requests, such as 100/1m, and answer 429 with Retry-After to more")
	cmd.Flags().StringVar(&f.latency, "latency", "", "let each request wait for `TIME`, such as 200ms, or for 50ms-2s: between these two")
	cmd.Flags().StringVar(&f.fail, "fail", "", "let each n-th request fail as `N:HOW`: a status such as 503, cut (nothing is done) or lost (done, but not answered)")
}

// apply sets what the flags say. The error names the flag and what it takes.
func (f *troubleFlags) apply(c *scimserver.Connection) error {
	if f.rateLimit != "" {
		n, per, _ := strings.Cut(f.rateLimit, "/")
		requests, err := strconv.Atoi(n)
		window, err2 := time.ParseDuration(per)
		if err != nil || err2 != nil || requests < 1 || window <= 0 {
			return fmt.Errorf("--rate-limit %q: write requests and time, for example 100/1m", f.rateLimit)
		}
		if err := c.SetRateLimit(scimserver.RateLimit{Requests: requests, Per: window}); err != nil {
			return fmt.Errorf("--rate-limit: %w", err)
		}
	}
	if f.latency != "" {
		least, most, between := strings.Cut(f.latency, "-")
		if !between {
			most = least
		}
		l, err := time.ParseDuration(least)
		m, err2 := time.ParseDuration(most)
		if err != nil || err2 != nil || m < l || l < 0 {
			return fmt.Errorf("--latency %q: write one time or two, for example 200ms or 50ms-2s", f.latency)
		}
		if err := c.SetLatency(scimserver.Latency{Min: l, Max: m}); err != nil {
			return fmt.Errorf("--latency: %w", err)
		}
	}
	if f.fail == "" {
		return nil
	}
	wrong := fmt.Errorf("--fail %q: write each how many and how, for example 10:503, 10:cut or 10:lost", f.fail)
	every, how, _ := strings.Cut(f.fail, ":")
	n, err := strconv.Atoi(every)
	if err != nil || n < 1 {
		return wrong
	}
	failure := scimserver.Failure{Every: n}
	switch how {
	case scimserver.FailCut.String():
		failure.Kind = scimserver.FailCut
	case scimserver.FailLost.String():
		failure.Kind = scimserver.FailLost
	default:
		if failure.Status, err = strconv.Atoi(how); err != nil || http.StatusText(failure.Status) == "" {
			return wrong
		}
	}
	if err := c.SetFailure(failure); err != nil {
		return fmt.Errorf("--fail %q: %w", f.fail, err)
	}
	return nil
}

// oauthClients makes a client for each tenant; their secrets are printed, and known to
// nobody afterwards. With codes there is an authorize address too.
func (s *scimSite) oauthClients(codes bool) ([]token, error) {
	var list []token
	for _, t := range s.tenants.All() {
		id, secret, err := t.Connection.NewOAuthClient()
		if err != nil {
			return nil, fmt.Errorf("--oauth: %w", err)
		}
		name := "oauth."
		if t.Name != "" {
			name += t.Name + "."
		}
		if codes {
			list = append(list, token{name + "authorizeUrl", s.url() + t.AuthorizePath()})
		}
		list = append(list, token{name + "tokenUrl", s.url() + t.TokenPath()}, token{name + "clientId", id}, token{name + "clientSecret", secret})
	}
	return list, nil
}

// readSchemas reads the extensions of --schema. The error names the one that is wrong.
func readSchemas(flags []string) ([]scimserver.Extension, error) {
	list := make([]scimserver.Extension, 0, len(flags))
	for _, flag := range flags {
		kind, file, ok := strings.Cut(flag, "=")
		if !ok {
			return nil, fmt.Errorf("--schema %q: write the resource type and a file, for example User=acme.json", flag)
		}
		document, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--schema: %w", err)
		}
		list = append(list, scimserver.Extension{ResourceType: kind, Document: document})
	}
	if err := scimserver.CheckExtensions(list...); err != nil {
		return nil, fmt.Errorf("--schema: %w", err)
	}
	return list, nil
}
