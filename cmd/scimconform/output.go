package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/oktascim/oktascim/internal/conformance"
)

// output is one --report; file "-" is standard output.
type output struct{ form, file string }

// forms are the forms of a report.
func forms() []string { return []string{"text", "json", "junit", "html", "md", "har"} }

func parseReports(words []string) ([]output, error) {
	var all []output
	for _, w := range words {
		form, file, named := strings.Cut(w, "=")
		if form == "text" && !named {
			file = "-"
		}
		switch {
		case !slices.Contains(forms(), form):
			return nil, fmt.Errorf("--report %q: the form is %s", w, strings.Join(forms(), ", "))
		case file == "":
			return nil, fmt.Errorf("--report %q: which file? For example --report %s=scim.%s", w, form, form)
		case slices.ContainsFunc(all, func(o output) bool { return o.file == file }):
			return nil, fmt.Errorf("--report %q: something else goes to %s already", w, file)
		}
		if err := hasFolder(file); err != nil {
			return nil, fmt.Errorf("--report %q: %w", w, err)
		}
		all = append(all, output{form, file})
	}
	if !slices.ContainsFunc(all, func(o output) bool { return o.form == "text" || o.file == "-" }) {
		all = append(all, output{"text", "-"})
	}
	return all, nil
}

// hasFolder checks before the run that a file can be written after it.
func hasFolder(file string) error {
	if dir, err := os.Stat(filepath.Dir(file)); file != "-" && (err != nil || !dir.IsDir()) {
		return fmt.Errorf("there is no folder %s", filepath.Dir(file))
	}
	return nil
}

func (o output) write(r *conformance.Report, stdout io.Writer) (err error) {
	write := map[string]func(io.Writer) error{
		"text": r.WriteText, "json": r.WriteJSON, "junit": r.WriteJUnit, "html": r.WriteHTML, "md": r.WriteMarkdown, "har": r.WriteHAR,
		"profile": func(w io.Writer) error { return r.Profile().Write(w) },
	}[o.form]
	if o.file == "-" {
		return write(stdout)
	}
	file, err := os.Create(filepath.Clean(o.file))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}

// patience is after how long a run without a terminal says how far it is.
const patience = 10 * time.Second

// watch shows how far a run is: a bar on a terminal, else a line now and then.
// The caller calls done at the end.
func watch(s streams) (progress func(n, total int), done func()) {
	if !s.bar {
		last := time.Now()
		return func(n, total int) {
			if time.Since(last) >= patience {
				last = time.Now()
				fmt.Fprintf(s.err, "scimconform: %d of %d checked\n", n, total)
			}
		}, func() {}
	}
	var bar *mpb.Bar
	bars := mpb.New(mpb.WithOutput(s.err), mpb.WithWidth(60), mpb.WithAutoRefresh())
	return func(n, total int) {
			if bar == nil {
				bar = bars.AddBar(int64(total), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name("checking "), decor.CountersNoUnit("%d of %d ")))
			}
			bar.SetCurrent(int64(n))
		}, func() {
			if bar != nil && !bar.Completed() {
				bar.Abort(true)
			}
			bars.Wait()
		}
}
