package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	yes, list             bool
	reports               []string
	only                  []string
	timeout               time.Duration
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
them again. It changes nothing else.

Exit codes: 0 no requirement failed, 1 some did, 2 no verdict could be given.`,
		Example: `  scimconform --url https://scim.example.com/scim/v2 --token-file token.txt
  SCIMCONFORM_TOKEN=… scimconform --url http://127.0.0.1:8080/scim/v2 --yes --report junit=scim.xml
  scimconform --list --run users.create`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
		RunE: func(*cobra.Command, []string) error {
			return f.run(ctx, s)
		},
	}
	cmd.SetIn(s.in)
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.url, "url", "", "SCIM base URL, as typed into Okta (env SCIMCONFORM_URL)")
	fl.StringVar(&f.token, "token", "", "API token, or the password with --auth basic; other users of this machine can see it: better --token-file or env SCIMCONFORM_TOKEN")
	fl.StringVar(&f.tokenFile, "token-file", "", "file whose first line is the API token")
	fl.StringVar(&f.auth, "auth", "bearer", "how the token is sent: bearer, header (the bare token) or basic")
	fl.StringVar(&f.user, "user", "", "user name for --auth basic")
	fl.StringVar(&f.mode, "mode", "both", "which kind of Okta app to replay: catalog (PATCH), wizard (PUT) or both")
	fl.StringSliceVar(&f.only, "run", nil, "run only these scenarios: ids or the first parts of ids, for example users.create or users.create.2,groups")
	fl.BoolVar(&f.list, "list", false, "print the scenarios and do nothing")
	fl.StringArrayVar(&f.reports, "report", nil, "text=FILE or junit=FILE, may be given several times; text goes to standard output unless it has a file")
	fl.DurationVar(&f.timeout, "timeout", 60*time.Second, "how long to wait for one answer; Okta waits 60s")
	fl.BoolVar(&f.yes, "yes", false, "do not ask before making people and groups on the server (implied where env CI is set)")
	return cmd
}

func (f *flags) run(ctx context.Context, s streams) error {
	modes, err := f.modes()
	if err != nil {
		return err
	}
	suite, err := conformance.Load(features.FS())
	if err != nil {
		return err
	}
	if f.list {
		return f.printList(s.out, suite, modes)
	}
	if f.url == "" {
		f.url = s.env("SCIMCONFORM_URL")
	}
	if f.url == "" {
		return errors.New("which server? Give --url, the SCIM base URL, for example --url https://scim.example.com/scim/v2")
	}
	auth, err := f.authorization(s)
	if err != nil {
		return err
	}
	reports, err := parseReports(f.reports)
	if err != nil {
		return err
	}
	if f.timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	if err := f.confirm(s); err != nil {
		return err
	}
	report, err := suite.Run(ctx, conformance.Options{
		URL: f.url, Auth: auth, Modes: modes, Only: f.only, Timeout: f.timeout, Version: version(),
	})
	if errors.Is(err, conformance.ErrNothingSelected) {
		return fmt.Errorf("%w; see: scimconform --list", err)
	}
	if err != nil {
		return err
	}
	for _, r := range reports {
		if err := r.write(report, s.out); err != nil {
			return fmt.Errorf("writing the %s report: %w", r.kind, err)
		}
	}
	if code := report.ExitCode(); code != 0 {
		return exitError(code)
	}
	return nil
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
	if strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return conformance.Auth{}, errors.New("the token holds control characters, so it cannot be sent in a header; was it copied whole?")
	}
	return conformance.Auth{Form: form, User: f.user, Secret: secret}, nil
}

// confirm asks before anything is made on the server.
func (f *flags) confirm(s streams) error {
	if f.yes || s.env("CI") != "" {
		return nil
	}
	if !s.terminal {
		return errors.New("this makes people and groups on the server and deletes them again; without a terminal to ask on, it needs --yes")
	}
	fmt.Fprintf(s.err, "This makes people and groups named scimconform-… on %s and deletes them again. Go on? [y/N] ", f.url)
	line, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("not confirmed, nothing was sent")
}

func (f *flags) printList(w io.Writer, suite *conformance.Suite, modes []conformance.Mode) error {
	chosen, err := conformance.Select(suite.Scenarios(), f.only, modes)
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

// output is one --report.
type output struct{ kind, file string }

func parseReports(words []string) ([]output, error) {
	var all []output
	for _, w := range words {
		kind, file, named := strings.Cut(w, "=")
		switch {
		case kind != "text" && kind != "junit":
			return nil, fmt.Errorf("--report %q: it is text, text=FILE or junit=FILE", w)
		case named && file == "", kind == "junit" && !named:
			return nil, fmt.Errorf("--report %q: which file? For example --report junit=scim.xml", w)
		}
		all = append(all, output{kind, file})
	}
	if !slices.ContainsFunc(all, func(o output) bool { return o.kind == "text" }) {
		all = append(all, output{kind: "text"})
	}
	return all, nil
}

func (o output) write(r *conformance.Report, stdout io.Writer) (err error) {
	write := r.WriteText
	if o.kind == "junit" {
		write = r.WriteJUnit
	}
	if o.file == "" {
		return write(stdout)
	}
	file, err := os.Create(filepath.Clean(o.file))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}
