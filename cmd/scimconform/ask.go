package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/oktascim/oktascim/internal/conformance"
)

// confirm asks before anything is made on the server.
func (f *flags) confirm(s streams, scenarios int) error {
	if f.yes || f.readOnly || s.env("CI") != "" {
		return nil
	}
	if !s.terminal {
		return errors.New("this makes people and groups on the server and deletes them again; without a terminal to ask on, it needs --yes")
	}
	most := "about 110"
	if f.maxObjects > 0 {
		most = fmt.Sprint(f.maxObjects)
	}
	return ask(s, fmt.Sprintf("This checks %d requirements on %s. It makes people and groups named scimconform-…, at most %s at once, and deletes them again. Go on?", scenarios, f.url, most))
}

func ask(s streams, question string) error {
	fmt.Fprintf(s.err, "%s [y/N] ", question)
	line, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("not confirmed, nothing was changed")
}

// clean deletes what runs have left. CI does not count as yes here: deleting is
// asked for by name.
func (f *flags) clean(ctx context.Context, s streams, o conformance.Options) error {
	all, err := conformance.FindLeftovers(ctx, o, f.sweep)
	if err != nil {
		return fmt.Errorf("--sweep: %w", err)
	}
	if len(all) == 0 {
		fmt.Fprintf(s.out, "Nothing on %s has a name that begins with %s.\n", f.url, f.sweep)
		return nil
	}
	for _, l := range all {
		fmt.Fprintf(s.out, "%s\n", l)
	}
	if f.readOnly {
		fmt.Fprintf(s.out, "%d left by runs; --read-only deletes nothing.\n", len(all))
		return nil
	}
	if !f.yes {
		if !s.terminal {
			return errors.New("--sweep: without a terminal to ask on, it needs --yes")
		}
		if err := ask(s, fmt.Sprintf("Delete these %d from %s?", len(all), f.url)); err != nil {
			return err
		}
	}
	left := conformance.RemoveLeftovers(ctx, o, all)
	fmt.Fprintf(s.out, "%d deleted.\n", len(all)-len(left))
	if len(left) > 0 {
		fmt.Fprintf(s.out, "Could not be deleted:\n  %s\n", strings.Join(left, "\n  "))
		return exitError(1)
	}
	return nil
}
