package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The exit codes of oktascim that the story expects.
const (
	exitOK      = 0
	exitChanges = 2
)

// story tells the main job. It changes the org and the target as people would, over HTTP,
// and leaves the rest to oktascim.
type story struct {
	out, errs io.Writer
	program   string // path of oktascim
	dir       string // where oktascim.yaml and the ledger are
	target    *scimSite
	org       *oktaSite
	chapter   int
}

// tell runs the story to its end, or to the first thing that goes wrong.
func (s *story) tell(ctx context.Context, whole bool) error {
	if err := s.writeConfig(); err != nil {
		return err
	}
	steps := []func(context.Context) error{s.begin, s.first}
	if whole {
		steps = append(steps, s.joins, s.leaves, s.renamed, s.drift)
	}
	steps = append(steps, s.end)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// writeConfig writes the file as README shows it.
func (s *story) writeConfig() error {
	labels := s.org.org.Apps()
	if len(labels) == 0 {
		return errors.New("the org has no app: add one to the seed")
	}
	text := fmt.Sprintf(`okta:
  orgUrl: %s
  auth: {apiToken: "${OKTA_API_TOKEN}"}
connections:
  - name: demo
    app: %q
    target:
      baseUrl: %s/scim/v2
      auth: {header: "${SCIM_TOKEN}"}
`, s.org.url(), labels[0], s.target.url())
	if err := os.WriteFile(filepath.Join(s.dir, "oktascim.yaml"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing the demo's configuration: %w", err)
	}
	s.head("An Okta org and a SCIM server, both on this machine")
	s.say("The org %s has the app %q. The target %s has %s.", s.org.url(), labels[0], s.target.url(), s.target.holds())
	s.say("oktascim.yaml joins the two:")
	fmt.Fprint(s.out, "\n"+indent(text))
	return nil
}

func (s *story) begin(ctx context.Context) error {
	s.head("Is everything set up?")
	return s.oktascim(ctx, exitOK, "check")
}

func (s *story) first(ctx context.Context) error {
	if group := s.org.org.GroupID("Engineering"); group != "" {
		s.head("In Okta, Engineering is pushed to the app")
		err := s.okta(ctx, http.MethodPost, "/api/v1/apps/"+s.app()+"/group-push/mappings", map[string]any{"sourceGroupId": group, "targetGroupName": "Engineering"})
		if err != nil {
			return err
		}
	}
	s.say("What would change?")
	if err := s.oktascim(ctx, exitChanges, "plan"); err != nil {
		return err
	}
	s.say("Do it:")
	return s.oktascim(ctx, exitOK, "apply")
}

func (s *story) joins(ctx context.Context) error {
	s.head("Dan joins Engineering")
	if err := s.okta(ctx, http.MethodPut, "/api/v1/groups/"+s.org.org.GroupID("Engineering")+"/users/"+s.org.org.UserID("dan@acme.test"), nil); err != nil {
		return err
	}
	return s.oktascim(ctx, exitOK, "apply")
}

func (s *story) leaves(ctx context.Context) error {
	s.head("Bob leaves Engineering, and with it the app")
	if err := s.okta(ctx, http.MethodDelete, "/api/v1/groups/"+s.org.org.GroupID("Engineering")+"/users/"+s.org.org.UserID("bob@acme.test"), nil); err != nil {
		return err
	}
	return s.oktascim(ctx, exitOK, "apply")
}

func (s *story) renamed(ctx context.Context) error {
	s.head(`Engineering is renamed to "Product Engineering"`)
	err := s.okta(ctx, http.MethodPut, "/api/v1/groups/"+s.org.org.GroupID("Engineering"), map[string]any{
		"profile": map[string]any{"name": "Product Engineering", "description": "Everybody who builds the product"},
	})
	if err != nil {
		return err
	}
	return s.oktascim(ctx, exitOK, "apply")
}

func (s *story) drift(ctx context.Context) error {
	s.head("Somebody meddles with the target: Ada gets another title, Cat is taken out of the group")
	ada, err := s.find(ctx, "Users", "userName", "ada@acme.test")
	if err != nil {
		return err
	}
	if err := s.patch(ctx, "Users/"+url.PathEscape(ada), map[string]any{"op": "replace", "path": "title", "value": "Intern"}); err != nil {
		return err
	}
	cat, err := s.find(ctx, "Users", "userName", "cat@acme.test")
	if err != nil {
		return err
	}
	group, err := s.find(ctx, "Groups", "displayName", "Product Engineering")
	if err != nil {
		return err
	}
	if err := s.patch(ctx, "Groups/"+url.PathEscape(group), map[string]any{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", cat)}); err != nil {
		return err
	}
	s.say("Okta would never know. oktascim looks at both sides:")
	if err := s.oktascim(ctx, exitChanges, "plan"); err != nil {
		return err
	}
	return s.oktascim(ctx, exitOK, "apply")
}

func (s *story) end(ctx context.Context) error {
	s.head("And now?")
	if err := s.oktascim(ctx, exitOK, "plan"); err != nil {
		return err
	}
	s.say("Org and target agree.")
	return nil
}

// stay prints what is being served and how to go on by hand.
func (s *story) stay(tokens []token) {
	s.head("Both servers stay up until Ctrl-C")
	fmt.Fprintln(s.out)
	printTokens(s.out, tokens...)
	fmt.Fprintf(s.out, `
Look at the panel, or go on by hand:

  cd %s
  export OKTA_API_TOKEN=%s SCIM_TOKEN=%s
  %s plan
`, s.dir, s.org.org.Token(), s.target.token, s.program)
}

func (s *story) head(format string, args ...any) {
	s.chapter++
	title := fmt.Sprintf("%d. %s", s.chapter, fmt.Sprintf(format, args...))
	fmt.Fprintf(s.out, "\n%s\n%s\n", title, strings.Repeat("─", len([]rune(title))))
}

func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, "\n"+format+"\n", args...)
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// oktascim runs the program in the demo's folder; another exit code than wanted ends the
// story.
func (s *story) oktascim(ctx context.Context, want int, args ...string) error {
	fmt.Fprintf(s.out, "\n  $ oktascim %s\n\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, s.program, args...) //nolint:gosec // oktascim, from beside this program or the PATH
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "OKTA_API_TOKEN="+s.org.org.Token(), "SCIM_TOKEN="+s.target.token)
	// Ctrl-C reaches the program too; it ends in order, and within the time that it needs.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, s.errs
	err := cmd.Run()
	fmt.Fprint(s.out, indent(out.String()))
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return fmt.Errorf("running oktascim %s: %w", strings.Join(args, " "), err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		return fmt.Errorf("oktascim %s ended with exit code %d instead of %d", strings.Join(args, " "), code, want)
	}
	return nil
}

func (s *story) app() string { return s.org.org.AppID(s.org.org.Apps()[0]) }

// okta does what an admin does in the org.
func (s *story) okta(ctx context.Context, method, path string, body any) error {
	_, err := s.call(ctx, method, s.org.url()+path, "SSWS "+s.org.org.Token(), "application/json", body)
	return err
}

// patch does to the target what oktascim did not.
func (s *story) patch(ctx context.Context, path string, op map[string]any) error {
	_, err := s.call(ctx, http.MethodPatch, s.target.url()+"/scim/v2/"+path, s.target.token, "application/scim+json", map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{op},
	})
	return err
}

// find returns the id of the one resource of the target with this name.
func (s *story) find(ctx context.Context, endpoint, attr, value string) (string, error) {
	query := url.Values{"filter": {fmt.Sprintf("%s eq %q", attr, value)}}
	answer, err := s.call(ctx, http.MethodGet, s.target.url()+"/scim/v2/"+endpoint+"?"+query.Encode(), s.target.token, "", nil)
	if err != nil {
		return "", err
	}
	var list struct {
		Resources []struct {
			ID string `json:"id"`
		}
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return "", fmt.Errorf("reading the target's answer: %w", err)
	}
	if len(list.Resources) != 1 {
		return "", fmt.Errorf("the target has %d %s called %s", len(list.Resources), endpoint, value)
	}
	return list.Resources[0].ID, nil
}

func (s *story) call(ctx context.Context, method, address, auth, mediaType string, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", auth)
	if content != nil {
		r.Header.Set("Content-Type", mediaType)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, r.URL.Path, res.Status, answer)
	}
	return answer, nil
}
