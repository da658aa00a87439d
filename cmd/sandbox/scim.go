package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/adminpanel"
)

// scimFlags are the flags of the reference server.
type scimFlags struct {
	addr, token, password, data, seed string
	off, empty, verbose               bool

	// These are of sandbox scim alone; the demo has none of them.
	trouble   troubleFlags
	faults    faultFlags
	oauth     bool
	redirects []string
	tokenLife time.Duration
	schemas   []string
	tenants   []string
	// begin is who is there at the start of an empty server, and again after a
	// reset in the panel.
	begin people
}

// scimSite is the reference server with its panel.
type scimSite struct {
	site
	server *scimserver.Server
	panel  *adminpanel.Panel
	// tenants is all of it, the default one of server and connection included.
	tenants *scimserver.Tenants

	connection *scimserver.Connection
	// token is empty when it is known only as a hash, or when there is none yet.
	token string
}

func newSCIM(stdout, stderr io.Writer) *cobra.Command {
	var f scimFlags
	cmd := &cobra.Command{
		Use:   "scim",
		Short: "Serve the reference SCIM server and its admin panel",
		Long: `Serve a SCIM 2.0 server (Users, Groups, discovery documents) under /scim/v2 and its admin
panel under /admin/. The SCIM connection is on and has a token, which is printed; with --off
it starts switched off and without one, and everything is done in the panel.

A new server has one sample user, since Okta's test suites begin with the first user of the
list; --empty leaves it out, --seed names a YAML file with others:

  users:
    - {userName: ada@example.test, name: {givenName: Ada, familyName: Lovelace}}
  groups:
    - {displayName: Engineering, members: [ada@example.test]}

With --data FILE everything is kept over a restart: people, groups, the switch and the token
(as a hash, so that it is printed only when it is new or given).

With --oauth each tenant has an OAuth 2.0 client as well; its token address, id and secret are
printed. It may use client credentials, and with --oauth-redirect authorization codes too, as
Okta's "OAuth 2" does: the address that Okta shows is the one to give, and who opens the
authorize address needs the panel's password. --rate-limit, --latency and --fail make the server
a difficult one, to see how a client takes it. --fault gives it a defect that real servers have,
to see what breaks in Okta and what scimconform says; --list-faults lists them.`,
		Example: `  sandbox scim
  sandbox scim --addr 127.0.0.1:9000 --data scim.db
  sandbox scim --off
  sandbox scim --rate-limit 100/1m --latency 50ms-500ms --fail 20:503
  sandbox scim --fault members.remove-ignored`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.faults.list {
				return writeFaults(stdout)
			}
			begin := somebody()
			switch {
			case f.empty && f.seed != "":
				return errors.New("--empty and --seed contradict each other: leave one out")
			case f.empty:
				begin = people{}
			case f.seed != "":
				var err error
				if begin, err = readPeople(f.seed); err != nil {
					return err
				}
			}
			f.begin = begin
			s, err := f.open(cmd, newLog(stderr, f.verbose))
			if err != nil {
				return err
			}
			planted, err := begin.plant(s.server)
			if err != nil {
				return s.close(err)
			}
			tokens := s.tokens()
			if f.oauth {
				more, err := s.oauthClients(len(f.redirects) > 0)
				if err != nil {
					return s.close(err)
				}
				tokens = append(tokens, more...)
			}
			printTokens(stdout, tokens...)
			f.faults.warn(stderr)
			if !planted && f.seed != "" {
				fmt.Fprintf(stderr, "sandbox: %s has people already: --seed is for a new file, and was not read into it\n", f.data)
			}
			if s.token == "" && !f.off {
				fmt.Fprintf(stderr, "sandbox: the token is the one of before; only its hash is kept in %s. Make a new one in the panel, or give one with --token.\n", f.data)
			}
			return s.close(serve(cmd.Context(), s.site))
		},
	}
	f.add(cmd, "127.0.0.1:8081")
	cmd.Flags().StringVar(&f.seed, "seed", "", "who is there at the start: a YAML `FILE`")
	cmd.Flags().BoolVar(&f.oauth, "oauth", false, "make an OAuth client for each tenant and print its addresses, id and secret")
	cmd.Flags().StringArrayVar(&f.redirects, "oauth-redirect", nil, "let OAuth clients, those of the panel too, have authorization codes sent to this `URI`, exactly as Okta shows it (may be repeated)")
	cmd.Flags().DurationVar(&f.tokenLife, "token-life", 0, "how long the SCIM token is good, such as 24h (default: for ever)")
	f.trouble.add(cmd)
	f.faults.add(cmd)
	cmd.Flags().StringArrayVar(&f.schemas, "schema", nil, "know an extension of your own: `TYPE=FILE`, such as User=acme.json, a schema as /Schemas answers it (may be repeated)")
	cmd.Flags().StringSliceVar(&f.tenants, "tenants", nil, "serve these tenants as well, by `NAME`, each with its own people, switch, token and URL")
	cmd.Flags().BoolVar(&f.empty, "empty", false, "start without the sample user")
	must(cmd.MarkFlagFilename("seed", "yaml", "yml"))
	return cmd
}

func (f *scimFlags) add(cmd *cobra.Command, addr string) {
	cmd.Flags().StringVar(&f.addr, "addr", addr, "`HOST:PORT` to listen on (port 0: any free one)")
	cmd.Flags().StringVar(&f.token, "token", "", "SCIM `TOKEN` instead of a new one; better in SANDBOX_SCIM_TOKEN")
	cmd.Flags().StringVar(&f.password, "password", "", "the panel's `PASSWORD` instead of a new one; better in SANDBOX_PANEL_PASSWORD")
	cmd.Flags().StringVar(&f.data, "data", "", "keep everything in this SQLite `FILE` (default: nothing is kept)")
	cmd.Flags().BoolVar(&f.off, "off", false, "start with the SCIM connection switched off and without a token")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "log each request on standard error")
	must(cmd.MarkFlagFilename("data", "db"))
}

// must is for what only a programming error can break.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// open starts listening and makes the server; nothing is served yet.
func (f *scimFlags) open(cmd *cobra.Command, log zerolog.Logger) (*scimSite, error) {
	s := &scimSite{token: secretFromEnv(f.token, "SANDBOX_SCIM_TOKEN")}
	extensions, err := readSchemas(f.schemas)
	if err != nil {
		return nil, err
	}
	s.tenants, err = scimserver.OpenTenants(scimserver.TenantsOptions{
		Names: f.tenants, MakeTokens: !f.off, DataFile: f.data,
		Server:     scimserver.Options{Log: log, Extensions: extensions},
		Connection: scimserver.ConnectionOptions{Enabled: !f.off, Token: s.token, TokenLife: f.tokenLife, RedirectURIs: f.redirects, Log: log},
	})
	if err != nil && f.data != "" {
		err = fmt.Errorf("--data %s: %w", f.data, err)
	}
	if err != nil {
		return nil, err
	}
	all := s.tenants.All()
	s.server, s.connection, s.token = all[0].Server, all[0].Connection, all[0].Token
	for _, t := range all {
		if err := f.trouble.apply(t.Connection); err != nil {
			return nil, s.close(err)
		}
	}
	if s.listener, err = listen(cmd.Context(), "addr", f.addr); err != nil {
		return nil, s.close(err)
	}
	s.panel = adminpanel.New(adminpanel.Options{
		Server: s.server, Connection: s.connection, Tenants: all[1:], Password: secretFromEnv(f.password, "SANDBOX_PANEL_PASSWORD"), Log: log,
		SCIMURL:  func(r *http.Request) string { return "http://" + r.Host + "/scim/v2" },
		TokenURL: func(r *http.Request) string { return "http://" + r.Host + all[0].TokenPath() },
		Begin:    f.begin.again(),
	})
	endpoints, err := f.faults.around(s.tenants.Handler())
	if err != nil {
		return nil, s.close(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/scim/", endpoints) // all versions: it says itself which one it is
	mux.Handle("/oauth/", s.tenants.OAuthHandler(scimserver.ConsentOptions{Password: s.panel.Password(), Stylesheet: "/admin/panel.css"}))
	mux.Handle("/admin/", s.panel.Handler())
	mux.Handle("GET /{$}", http.RedirectHandler("/admin/", http.StatusSeeOther))
	s.handler, s.onShutdown = mux, s.panel.Close
	return s, nil
}

// tokens are what a person or a script needs to know.
func (s *scimSite) tokens() []token {
	list := []token{
		{"scim.url", s.url() + "/scim/v2"}, {"scim.token", s.token},
		{"panel.url", s.url() + "/admin/"}, {"panel.password", s.panel.Password()},
	}
	for _, t := range s.tenants.All()[1:] {
		list = append(list, token{"scim." + t.Name + ".url", s.url() + t.BasePath}, token{"scim." + t.Name + ".token", t.Token})
	}
	return list
}

// holds says in words what is in the server.
func (s *scimSite) holds() string {
	_, users := s.server.Users(0, 0)
	_, groups := s.server.Groups(0, 0)
	if users+groups == 0 {
		return "nobody yet"
	}
	return fmt.Sprintf("%d users and %d groups", users, groups)
}

// close closes what open opened, and returns err, or what closing met.
func (s *scimSite) close(err error) error {
	if s.listener != nil {
		_ = s.listener.Close() // serve has closed it, unless something went wrong before
	}
	if s.tenants != nil {
		if again := s.tenants.Close(); err == nil {
			err = again
		}
	}
	return err
}
