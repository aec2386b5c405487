package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/pgrun"
	"anyam/internal/server"
	"anyam/internal/store"
)

func (p *program) export(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "codebook" && args[0] != "segments" {
		return usage("export codebook|segments --project NAME [--format csv] [--out FILE] [--spreadsheet]")
	}
	f := flags("export")
	name := f.String("project", "", "name or number")
	as := f.String("as", "", "account in whose name")
	format := f.String("format", "csv", "csv")
	out := f.String("out", "", "file")
	spreadsheet := f.Bool("spreadsheet", false, "with byte-order mark and formula guard")
	rest, err := parse(f, args[1:])
	if err != nil {
		return err
	}
	if *name == "" || len(rest) > 0 {
		return usage("export %s --project NAME", args[0])
	}
	if *format != "csv" {
		return usage("%s is exported as csv, not as %s", args[0], *format)
	}
	o, err := p.open(ctx, pgrun.Command)
	if err != nil {
		return err
	}
	defer o.close()
	x, ok, err := o.project(ctx, *name)
	if err != nil {
		return err
	}
	if !ok {
		return usage("there is no project %q", *name)
	}
	v, err := o.engine.View(ctx, x.ID, 0)
	if err != nil {
		return plain(err)
	}
	who, err := o.actor(ctx, v, *as)
	if err != nil {
		return err
	}
	l := v.As(who.ID)
	var b bytes.Buffer
	opt := exchange.CSVOptions{Spreadsheet: *spreadsheet}
	if args[0] == "codebook" {
		rows, err := server.CodebookRows(ctx, o.engine, l, server.MadeBy(o.store, x.ID))
		if err != nil {
			return plain(err)
		}
		if err := exchange.WriteCodebookCSV(&b, rows, opt); err != nil {
			return err
		}
	} else {
		attributes, rows, err := server.SegmentRows(ctx, o.engine, l)
		if err != nil {
			return plain(err)
		}
		if err := exchange.WriteSegmentsCSV(&b, attributes, rows, opt); err != nil {
			return err
		}
	}
	if err := o.store.Accessed(ctx, x.ID, store.Access{Account: who.Account, What: "exported_" + args[0], At: time.Now()}); err != nil {
		return err
	}
	if *out == "" {
		_, err = p.out.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(*out, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("%s can't be written: %w", *out, err)
	}
	return nil
}
