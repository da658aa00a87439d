package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// oktaFlags are the flags of the simulated org.
type oktaFlags struct {
	addrFlag, addr, token, seed string
	verbose                     bool
}

// oktaSite is the simulated org.
type oktaSite struct {
	site
	org *oktasim.Org
}

func newOkta(stdout, stderr io.Writer) *cobra.Command {
	var f oktaFlags
	cmd := &cobra.Command{
		Use:   "okta",
		Short: "Serve the simulated Okta org",
		Long: `Serve a simulated Okta org: the management API under /api/v1, OAuth under /oauth2, and the
sandbox's own controls under /sandbox/. It begins with a small company of its own, or with
what --seed describes (docs/simulator.md). Nothing is kept over a restart; the seed is.

Several apps: okta.app names the first, and okta.apps all of them.`,
		Example: `  sandbox okta
  sandbox okta --addr 127.0.0.1:9001 --seed configs/orgs/acme.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.open(cmd, newLog(stderr, f.verbose))
			if err != nil {
				return err
			}
			printTokens(stdout, s.tokens()...)
			return serve(cmd.Context(), s.site)
		},
	}
	f.add(cmd, "addr", "127.0.0.1:8082")
	return cmd
}

func (f *oktaFlags) add(cmd *cobra.Command, addrFlag, addr string) {
	f.addrFlag = addrFlag
	cmd.Flags().StringVar(&f.addr, addrFlag, addr, "`HOST:PORT` to listen on (port 0: any free one)")
	tokenFlag := "token"
	if addrFlag != "addr" {
		tokenFlag = "okta-token"
	}
	cmd.Flags().StringVar(&f.token, tokenFlag, "", "API `TOKEN` of the org instead of a new one; better in SANDBOX_OKTA_TOKEN")
	cmd.Flags().StringVar(&f.seed, "seed", "", "what the org holds: a YAML `FILE`")
	must(cmd.MarkFlagFilename("seed", "yaml", "yml"))
	if addrFlag == "addr" {
		cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "log each request on standard error")
	}
}

// open starts listening and plants the seed; nothing is served yet.
func (f *oktaFlags) open(cmd *cobra.Command, log zerolog.Logger) (*oktaSite, error) {
	seed := oktasim.DefaultSeed()
	if f.seed != "" {
		text, err := os.ReadFile(f.seed)
		if err != nil {
			return nil, fmt.Errorf("--seed: %w", err)
		}
		if seed, err = oktasim.ParseSeed(f.seed, text); err != nil {
			return nil, err
		}
	}
	l, err := listen(cmd.Context(), f.addrFlag, f.addr)
	if err != nil {
		return nil, err
	}
	s := &oktaSite{site: site{listener: l}}
	s.org, err = oktasim.New(oktasim.Options{Log: log, BaseURL: s.url(), Seed: seed, APIToken: secretFromEnv(f.token, "SANDBOX_OKTA_TOKEN")})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.handler = s.org.Handler()
	return s, nil
}

// tokens are what a person or a script needs to know.
func (s *oktaSite) tokens() []token {
	t := []token{{"okta.url", s.url()}, {"okta.token", s.org.Token()}}
	labels := s.org.Apps()
	if len(labels) > 0 {
		t = append(t, token{"okta.app", s.org.AppID(labels[0])})
	}
	if len(labels) > 1 {
		t = append(t, token{"okta.apps", strings.Join(labels, ", ")})
	}
	return t
}
