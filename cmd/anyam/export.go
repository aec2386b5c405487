package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/pgrun"
	"anyam/internal/server"
	"anyam/internal/store"
)

// export writes what a project is taken along as. Nothing is left of a file that could not be written to its end.
func (p *program) export(ctx context.Context, args []string) error {
	all := server.Takings()
	if len(args) == 0 || !slices.Contains(all, args[0]) {
		return usage("export %s --project NAME [--format FORMAT] [--out FILE] [--language en|id] [--name FIGURE] [--profile standard|nvivo|atlasti] [--spreadsheet]", strings.Join(all, "|"))
	}
	what, formats := args[0], server.TakingFormats(args[0])
	f := flags("export")
	project := f.String("project", "", "name or number")
	as := f.String("as", "", "account in whose name")
	format := f.String("format", formats[0], strings.Join(formats, ", "))
	out := f.String("out", "", "file; - is standard output, as without")
	language := f.String("language", "", "of what is said around people's words")
	figure := f.String("name", "", "of a figure: "+strings.Join(server.Figures(), ", "))
	profile := f.String("profile", "", "of a qdpx, by the program that will read it: standard, nvivo, atlasti")
	spreadsheet := f.Bool("spreadsheet", false, "csv with byte-order mark and formula guard")
	rest, err := parse(f, args[1:])
	if err != nil {
		return err
	}
	if *project == "" || len(rest) > 0 {
		return usage("export %s --project NAME", what)
	}
	if !slices.Contains(formats, *format) {
		return usage("%s is exported as %s, not as %s", what, strings.Join(formats, ", "), *format)
	}
	if *language != "" && !slices.Contains(i18n.Languages, *language) {
		return usage("the language is %s, not %s", strings.Join(i18n.Languages, " or "), *language)
	}
	if *spreadsheet && *format != "csv" {
		return usage("--spreadsheet is for csv alone")
	}
	if (what == "figure") != (*figure != "") || *figure != "" && !slices.Contains(server.Figures(), *figure) {
		return usage("export figure --name %s, and nothing else has a --name", strings.Join(server.Figures(), "|"))
	}
	if *profile != "" && (*format != "qdpx" || !slices.Contains(refi.Profiles, refi.Profile(*profile))) {
		return usage("--profile is standard, nvivo or atlasti, and for qdpx alone")
	}
	if *out == "-" {
		*out = ""
	}
	o, err := p.open(ctx, pgrun.Command)
	if err != nil {
		return err
	}
	defer o.close()
	x, ok, err := o.project(ctx, *project)
	if err != nil {
		return err
	}
	if !ok {
		return usage("there is no project %q", *project)
	}
	v, err := o.engine.View(ctx, x.ID, 0)
	if err != nil {
		return plain(err)
	}
	who, err := o.actor(ctx, v, *as)
	if err != nil {
		return err
	}
	if *language == "" {
		*language = i18n.Match("", v.Project().Language)
	}
	take := func(w io.Writer) error {
		return plain(server.Take(ctx, server.Taking{Store: o.store, Engine: o.engine, View: v, Coder: who, Say: i18n.New(*language, "UTC"), Now: time.Now(), What: what, Format: *format, Name: *figure, Profile: refi.Profile(*profile), Spreadsheet: *spreadsheet}, w))
	}
	record := func() error {
		return o.store.Accessed(ctx, x.ID, store.Access{Account: who.Account, What: "exported_" + what, At: time.Now()})
	}
	if *out != "" {
		return written(*out, take, record)
	}
	if what == "project" { // too large to be held
		if err := record(); err != nil {
			return err
		}
		return take(p.out)
	}
	var b bytes.Buffer
	if err := take(&b); err != nil {
		return err
	}
	if err := record(); err != nil {
		return err
	}
	_, err = p.out.Write(b.Bytes())
	return err
}

// written makes a file beside its place and puts it there once it is whole and recorded. A place that is no file (a pipe, a device)
// is written to as it stands.
func written(name string, take func(io.Writer) error, record func() error) error {
	if i, err := os.Stat(name); err == nil && !i.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("%s can't be written: %w", name, err)
		}
		if err := record(); err != nil {
			return errors.Join(err, f.Close())
		}
		return errors.Join(take(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".anyam-*")
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", name, err)
	}
	defer os.Remove(f.Name()) // gone already where all went well
	if err := take(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s can't be written: %w", name, err)
	}
	if err := record(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("%s can't be written: %w", name, err)
	}
	return nil
}
