package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	f := flags("export")
	project := f.String("project", "", "`NAME` or number of the project")
	as := f.String("as", "", "`EMAIL` of the account in whose name; without it the project's owner")
	format := f.String("format", "", "`FORMAT`, as the list above has them for each")
	out := f.String("out", "", "`FILE`; - is standard output, as without")
	language := f.String("language", "", "`en|id`: of what is said around people's words; without it the project's")
	figure := f.String("name", "", "`FIGURE`: "+strings.Join(server.Figures(), ", "))
	profile := f.String("profile", "", "of a qdpx, by the `PROGRAM` that will read it: standard, nvivo, atlasti, or anyam, which is the standard with the files that documents were made of")
	spreadsheet := f.Bool("spreadsheet", false, "csv with byte-order mark and formula guard")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	all := strings.Join(server.Takings(), "|")
	if len(rest) != 1 || !slices.Contains(server.Takings(), rest[0]) || *project == "" {
		return usage("export %s --project NAME [--format FORMAT] [--out FILE] (anyam export --help)", all)
	}
	what, formats := rest[0], server.TakingFormats(rest[0])
	if *format == "" {
		*format = formats[0]
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
	if *profile != "" && (*format != "qdpx" || !slices.Contains(server.Profiles, refi.Profile(*profile))) {
		return usage("--profile is standard, nvivo, atlasti or anyam, and for qdpx alone")
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

// written makes a file and keeps it once it is whole and recorded.
func written(name string, take func(io.Writer) error, record func() error) error {
	f, err := openOut(name)
	if err != nil {
		return err
	}
	defer f.drop()
	first, then := func() error { return take(f) }, record
	if f.stays { // words are out as soon as they are written
		first, then = then, first
	}
	if err := first(); err != nil {
		return err
	}
	if err := then(); err != nil {
		return err
	}
	return f.keep()
}

// outFile is a file that is written beside its place and put there once it is whole. A place that is no file (a pipe, a device) is written
// to as it stands.
type outFile struct {
	io.Writer
	file  *os.File
	name  string
	stays bool // as it stands
}

func openOut(name string) (*outFile, error) {
	if to, err := filepath.EvalSymlinks(name); err == nil {
		name = to // a link stays one
	}
	var file *os.File
	i, err := os.Stat(name)
	stays := err == nil && !i.Mode().IsRegular()
	switch {
	case stays:
		file, err = os.OpenFile(name, os.O_WRONLY, 0)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		file, err = os.CreateTemp(filepath.Dir(name), ".anyam-*")
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be written: %s", name, sentence(err)) // the name beside it says nothing to anybody
	}
	return &outFile{file, file, name, stays}, nil
}

// keep puts the file in its place.
func (f *outFile) keep() error {
	if f.file == nil {
		return nil
	}
	var err error
	if !f.stays {
		err = f.file.Sync()
	}
	if err = errors.Join(err, f.file.Close()); err == nil && !f.stays {
		err = os.Rename(f.file.Name(), f.name)
	}
	if err != nil {
		return fmt.Errorf("%s can't be written: %s", f.name, sentence(err))
	}
	return nil
}

// drop leaves nothing of a file that was not kept.
func (f *outFile) drop() {
	if f.file.Close(); !f.stays {
		os.Remove(f.file.Name()) // gone already where all went well
	}
}
