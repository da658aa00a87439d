package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/features"
	"github.com/oktascim/oktascim/internal/conformance"
)

// flags are the command line.
type flags struct {
	url, token, tokenFile string
	auth, user, mode      string
	config, caFile        string
	profile               string
	yes, list             bool
	strict, readOnly      bool
	reports               []string
	only                  []string
	tags                  string
	timeout               time.Duration
	maxObjects, parallel  int
	sweep                 string
	expected, compare     string
	profileOut            string

	otherURL, otherTokenFile string
	disabledTokenFile        string
	tokenInURL               bool
}

func command(ctx context.Context, s streams) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "scimconform --url URL --token-file FILE [--yes]",
		Short: "Replay Okta against a SCIM 2.0 server and say which button would break",
		Long: `scimconform sends what Okta sends: it tests the credentials, creates, updates,
deactivates and reactivates people, pushes groups, and says for each of Okta's
buttons whether it would work with your server; where not, what was sent, what
came back and how to mend it.

It makes people and groups whose names start with "scimconform-", and deletes
them again. It changes nothing else. After a crash, --sweep removes what is left.

Every flag but --list, --sweep and --config can also stand in a YAML file
(--config, by its name without the dashes) and in the environment (--max-objects
as SCIMCONFORM_MAX_OBJECTS). A flag wins over the environment, the environment
over the file. The token does not belong into the file: name a token-file there.

Exit codes: 0 no requirement failed, 1 some did, 2 no verdict could be given.`,
		Example: `  scimconform --url https://scim.example.com/scim/v2 --token-file token.txt
  SCIMCONFORM_TOKEN=… scimconform --url http://127.0.0.1:8080/scim/v2 --yes --report html=scim.html
  scimconform --config scimconform.yaml --tags "@must and not @needs:groups"
  scimconform --config scimconform.yaml --sweep scimconform-3fa9c1
  scimconform --list --run users.create`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fill(cmd.Flags(), f.config, s.env); err != nil {
				return err
			}
			return f.run(ctx, s)
		},
	}
	cmd.SetIn(s.in)
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.url, "url", "", "SCIM base `URL`, as typed into Okta")
	fl.StringVar(&f.token, "token", "", "API `TOKEN`, or the password with --auth basic; other users of this machine can see it: better --token-file or env SCIMCONFORM_TOKEN")
	fl.StringVar(&f.tokenFile, "token-file", "", "`FILE` whose first line is the API token")
	fl.StringVar(&f.auth, "auth", "bearer", "how the token is sent: bearer, header (the bare token) or basic")
	fl.StringVar(&f.user, "user", "", "user `NAME` for --auth basic")
	fl.StringVar(&f.caFile, "ca-file", "", "PEM `FILE` with certificates to trust besides those of the system")
	fl.StringVar(&f.config, "config", "", "YAML `FILE` with settings (env SCIMCONFORM_CONFIG)")
	fl.StringVar(&f.mode, "mode", "both", "which kind of Okta app to replay: catalog (PATCH), wizard (PUT) or both")
	fl.StringVar(&f.profile, "profile", "okta", "okta: what Okta sends; rfc: what RFC 7643, 7644 and 9865 say to every client; all: both")
	fl.StringSliceVar(&f.only, "run", nil, "run only these scenarios: `IDS` or the first parts of ids, for example users.create or users.create.2,groups")
	fl.StringVar(&f.tags, "tags", "", "run only what the tag `EXPRESSION` holds for, for example \"@must and not @needs:groups\"")
	fl.BoolVar(&f.list, "list", false, "print the scenarios and do nothing")
	fl.StringArrayVar(&f.reports, "report", nil, "`FORM=FILE`, may be given several times; forms are text, json, junit, html, md and har, - is standard output; text goes there unless something else does")
	fl.StringVar(&f.expected, "expected-failures", "", "YAML `FILE` with known failures (id, reason, expires): they do not fail the run, mended and expired ones do")
	fl.StringVar(&f.compare, "compare", "", "JSON report `FILE` of an earlier run: say what is new, fixed and unchanged")
	fl.StringVar(&f.profileOut, "profile-out", "", "write what was learned about the server to this `FILE`, as a target profile (YAML) for oktascim")
	fl.BoolVar(&f.strict, "strict", false, "a should that does not hold is a failure, not a warning")
	fl.BoolVar(&f.readOnly, "read-only", false, "send nothing that could change the server; most scenarios are skipped")
	fl.IntVar(&f.maxObjects, "max-objects", 0, "have at most `N` people and groups on the server at once; what needs more is skipped (0: any number)")
	fl.IntVar(&f.parallel, "parallel", 8, "how many scenarios run at once")
	fl.DurationVar(&f.timeout, "timeout", 60*time.Second, "how long to wait for one answer; Okta waits 60s")
	fl.StringVar(&f.sweep, "sweep", "", "instead of a run: delete what runs have left whose names begin with `PREFIX`, which begins with scimconform-")
	fl.StringVar(&f.otherURL, "other-url", "", "SCIM base `URL` of a second connection of the same server: nobody of it may be seen through the first; with --other-token-file")
	fl.StringVar(&f.otherTokenFile, "other-token-file", "", "`FILE` whose first line is the token of --other-url")
	fl.StringVar(&f.disabledTokenFile, "disabled-token-file", "", "`FILE` whose first line is the token of a connection that is switched off: it must be refused")
	fl.BoolVar(&f.tokenInURL, "token-in-url", false, "also send the token in a URL, which must be refused; servers and proxies log URLs, so use a token that you can replace (on this machine it is always tried)")
	fl.BoolVar(&f.yes, "yes", false, "do not ask before making or deleting people and groups on the server (for a run implied where env CI is set)")
	return cmd
}

func (f *flags) run(ctx context.Context, s streams) error {
	modes, err := f.modes()
	if err != nil {
		return err
	}
	suite, err := conformance.LoadProfile(features.FS(), conformance.Profile(f.profile))
	if err != nil {
		return err
	}
	if f.list {
		return f.printList(s.out, suite, modes)
	}
	options, err := f.options(s, modes)
	if err != nil {
		return err
	}
	if f.sweep != "" {
		return f.clean(ctx, s, options)
	}
	reports, err := parseReports(f.reports)
	if err != nil {
		return err
	}
	if f.profileOut != "" {
		if err := hasFolder(f.profileOut); err != nil {
			return fmt.Errorf("--profile-out %q: %w", f.profileOut, err)
		}
	}
	known, earlier, err := f.readFiles(suite)
	if err != nil {
		return err
	}
	if chosen, err := f.selected(suite, modes); err != nil {
		return err
	} else if err := f.confirm(s, len(chosen)); err != nil {
		return err
	}
	progress, done := watch(s)
	options.Progress = progress
	report, err := suite.Run(ctx, options)
	done()
	if err != nil {
		return err
	}
	report.Expect(known, time.Now())
	if earlier != nil {
		report.Compare(*earlier)
	}
	for _, r := range reports {
		if err := r.write(report, s.out); err != nil {
			return fmt.Errorf("writing the %s report: %w", r.form, err)
		}
	}
	if f.profileOut != "" {
		if err := (output{"profile", f.profileOut}).write(report, s.out); err != nil {
			return fmt.Errorf("writing --profile-out: %w", err)
		}
	}
	if code := report.ExitCode(); code != 0 {
		return exitError(code)
	}
	return nil
}

// options checks and collects what a run needs.
func (f *flags) options(s streams, modes []conformance.Mode) (conformance.Options, error) {
	var o conformance.Options
	if f.url == "" {
		return o, errors.New("which server? Give --url, the SCIM base URL, for example --url https://scim.example.com/scim/v2")
	}
	auth, err := f.authorization(s)
	if err != nil {
		return o, err
	}
	switch {
	case f.timeout <= 0:
		return o, errors.New("--timeout must be more than 0")
	case f.parallel < 1:
		return o, errors.New("--parallel must be at least 1")
	case f.maxObjects < 0:
		return o, errors.New("--max-objects must not be negative")
	}
	var trust http.RoundTripper
	if f.caFile != "" {
		if trust, err = trusting(f.caFile); err != nil {
			return o, err
		}
	}
	o = conformance.Options{
		URL: f.url, Auth: auth, Modes: modes, Only: f.only, Tags: f.tags, Timeout: f.timeout, Version: version(), Transport: trust,
		Strict: f.strict, ReadOnly: f.readOnly, MaxObjects: f.maxObjects, Parallel: f.parallel, Learn: f.profileOut != "",
	}
	err = f.connections(&o)
	return o, err
}

func (f *flags) modes() ([]conformance.Mode, error) {
	switch f.mode {
	case "both":
		return []conformance.Mode{conformance.Catalog, conformance.Wizard}, nil
	case string(conformance.Catalog), string(conformance.Wizard):
		return []conformance.Mode{conformance.Mode(f.mode)}, nil
	}
	return nil, fmt.Errorf("--mode %q: it is catalog, wizard or both", f.mode)
}

// readFiles reads what --expected-failures and --compare name.
func (f *flags) readFiles(suite *conformance.Suite) (known []conformance.ExpectedFailure, earlier *conformance.Document, err error) {
	if f.expected != "" {
		text, err := os.ReadFile(f.expected)
		if err != nil {
			return nil, nil, fmt.Errorf("reading --expected-failures: %w", err)
		}
		if known, err = conformance.ReadExpected(bytes.NewReader(text), suite.Scenarios()); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.expected, err)
		}
	}
	if f.compare != "" {
		text, err := os.ReadFile(f.compare)
		if err != nil {
			return nil, nil, fmt.Errorf("reading --compare: %w", err)
		}
		document, err := conformance.ReadDocument(bytes.NewReader(text))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.compare, err)
		}
		earlier = &document
	}
	return known, earlier, nil
}

// selected are the scenarios that the flags select.
func (f *flags) selected(suite *conformance.Suite, modes []conformance.Mode) ([]conformance.Scenario, error) {
	chosen, err := conformance.Select(suite.Scenarios(), f.only, modes)
	if err == nil {
		chosen, err = conformance.SelectTags(chosen, f.tags)
	}
	if errors.Is(err, conformance.ErrNothingSelected) {
		return nil, fmt.Errorf("%w; see: scimconform --list", err)
	}
	return chosen, err
}

func (f *flags) printList(w io.Writer, suite *conformance.Suite, modes []conformance.Mode) error {
	chosen, err := f.selected(suite, modes)
	if err != nil {
		return err
	}
	for _, s := range chosen {
		var in []string
		for _, m := range s.Modes {
			in = append(in, string(m))
		}
		fmt.Fprintf(w, "%-24s %-7s %-15s %s\n", s.ID, s.Grade, strings.Join(in, ","), s.Requirement)
		fmt.Fprintf(w, "%24s source: %s\n", "", s.Source)
	}
	return nil
}

// authorization finds the secret. Its errors never show it.
func (f *flags) authorization(s streams) (conformance.Auth, error) {
	form := conformance.AuthForm(f.auth)
	if !slices.Contains([]conformance.AuthForm{conformance.Bearer, conformance.Header, conformance.Basic}, form) {
		return conformance.Auth{}, fmt.Errorf("--auth %q: it is bearer, header or basic", f.auth)
	}
	if form == conformance.Basic && f.user == "" {
		return conformance.Auth{}, errors.New("--auth basic needs --user")
	}
	if form != conformance.Basic && f.user != "" {
		return conformance.Auth{}, errors.New("--user goes with --auth basic only")
	}
	if f.token != "" && f.tokenFile != "" {
		return conformance.Auth{}, errors.New("give --token or --token-file, not both")
	}
	secret := f.token
	if f.tokenFile != "" {
		b, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return conformance.Auth{}, fmt.Errorf("reading --token-file: %w", err)
		}
		secret, _, _ = strings.Cut(string(b), "\n")
	}
	if secret == "" {
		secret = s.env("SCIMCONFORM_TOKEN")
	}
	// A copied token brings blanks along; a header line takes no line break.
	if secret = strings.TrimSpace(secret); secret == "" {
		return conformance.Auth{}, errors.New("no token: give --token-file, or set SCIMCONFORM_TOKEN")
	}
	if control(secret) {
		return conformance.Auth{}, errors.New("the token holds control characters, so it cannot be sent in a header; was it copied whole?")
	}
	return conformance.Auth{Form: form, User: f.user, Secret: secret}, nil
}
