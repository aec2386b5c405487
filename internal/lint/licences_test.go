package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unusual are modules whose licence is none of the known texts, and why they may be linked.
var unusual = map[string]string{
	"github.com/xi2/xz": "in the public domain, by its LICENSE",
}

var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([-.].*)?$`)

// known are sentences by which a licence is recognised; the first that is found counts.
var known = []struct{ name, sentence string }{
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose"},
	{"0BSD", "zero-clause bsd"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose"},
	{"BSD", "redistribution and use in source and binary forms, with or without modification, are permitted"},
	{"Apache-2.0", "apache license version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"OFL-1.1", "sil open font license version 1.1"},
	{"Unlicense", "this is free and unencumbered software released into the public domain"},
}

// excluded would reach into our own code, or into what its users may do with it.
// The licences above mention none of these in such words.
var excluded = regexp.MustCompile(`gnu (affero |lesser |library )?general public license,? ?(as published|version)|server side public license|business source license|commons clause`)

// licence gives the name of the licence with this text, or what is wrong.
func licence(text string) (string, error) {
	text = strings.Join(strings.Fields(strings.ToLower(text)), " ")
	// The MPL names the GNU licences as those it may be combined with.
	if bad := excluded.FindString(text); bad != "" && !strings.Contains(text, "mozilla public license") {
		return "", fmt.Errorf("it says %q", bad)
	}
	plain := strings.ReplaceAll(text, ",", "")
	for _, k := range known {
		if strings.Contains(plain, strings.ReplaceAll(k.sentence, ",", "")) {
			return k.name, nil
		}
	}
	return "", errors.New("its text is none of the known ones")
}

// folderLicence finds the licence files of a module's folder.
func folderLicence(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	n := 0
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if _, err := licence(string(text)); err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		n++
	}
	if n == 0 {
		return errors.New("it has no licence file")
	}
	return nil
}

func TestLicences(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Module", "./...")
	list.Dir = root
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	type linked struct{ Path, Version, Dir string }
	modules := map[string]linked{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Module     *struct {
				linked
				Main    bool
				Replace *linked
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		m := p.Module.linked
		if p.Module.Replace != nil {
			m.Dir = p.Module.Replace.Dir
		}
		modules[m.Path] = m
	}
	if len(modules) < 5 {
		t.Fatalf("only %d modules are linked: nothing was looked at", len(modules))
	}
	for _, m := range modules {
		if _, fine := unusual[m.Path]; fine {
			continue
		}
		if err := folderLicence(m.Dir); err != nil {
			t.Errorf("%s %s may not be linked: %v", m.Path, m.Version, err)
		}
	}
}

// TestCopiesHaveLicences looks at the copies of other people's files under web.
func TestCopiesHaveLicences(t *testing.T) {
	var names []string
	for _, f := range walk(t, []string{".js", ".woff2", ".LICENSE.txt"}, "web/vendor", "web/fonts") {
		names = append(names, strings.TrimPrefix(f.path, "web/"))
		if strings.HasSuffix(f.path, ".LICENSE.txt") {
			if _, err := licence(f.text); err != nil {
				t.Errorf("%s: %v", f.path, err)
			}
		}
	}
	report(t, unlicensed(names))

	proves(t, "a copy without its licence", "vendor/a.js", unlicensed([]string{"vendor/a.js", "vendor/b.js", "vendor/b.LICENSE.txt"}))
	proves(t, "a variant", "", unlicensed([]string{"fonts/b-latin-italic.woff2", "fonts/b.LICENSE.txt"}))
}

// unlicensed complains about files that have no NAME.LICENSE.txt beside them;
// NAME may be the beginning of the file's name, up to a dash or a dot.
func unlicensed(names []string) []string {
	var out []string
	for _, name := range names {
		if strings.HasSuffix(name, ".LICENSE.txt") {
			continue
		}
		if !slices.ContainsFunc(names, func(other string) bool {
			of, is := strings.CutSuffix(other, ".LICENSE.txt")
			return is && (strings.HasPrefix(name, of+"-") || strings.HasPrefix(name, of+"."))
		}) {
			out = append(out, fmt.Sprintf("web/%s is a copy without its licence", name))
		}
	}
	return out
}

func TestLicencesFinds(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Permission is hereby granted, free of charge,\n to any person obtaining a copy of this", "MIT"},
		{"Apache License\n   Version 2.0, January 2004", "Apache-2.0"},
		{"Redistribution and use in source and binary forms, with or without\nmodification, are permitted provided", "BSD"},
		{"Mozilla Public License Version 2.0 ... GNU General Public License, version 2.0", "MPL-2.0"},
		{"GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007", ""},
		{"under the terms of the GNU General Public License as published by", ""},
		{"GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1", ""},
		{"Business Source License 1.1", ""},
		{"All rights reserved.", ""},
		{"Permission is hereby granted, free of charge, to any person obtaining a copy, under the Commons Clause", ""},
	} {
		if got, err := licence(c.text); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q is taken for %q, %v", c.text, got, err)
		}
	}
	dir := t.TempDir()
	if folderLicence(dir) == nil {
		t.Error("a module without a licence passes")
	}
	if err := os.WriteFile(filepath.Join(dir, "COPYING"), []byte("GNU General Public License version 3"), 0o600); err != nil {
		t.Fatal(err)
	}
	if folderLicence(dir) == nil {
		t.Error("a module under the GPL passes")
	}
}
