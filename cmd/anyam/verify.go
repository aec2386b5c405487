package main

import (
	"context"
	"fmt"
	"time"

	"anyam/internal/pgrun"
	"anyam/internal/server"
	"anyam/internal/store"
)

// verify proves ledger, tables and engine equal, project by project; one that is not whole is named and the others go on.
func (p *program) verify(ctx context.Context, args []string) error {
	f := flags("verify")
	if rest, err := parse(f, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return usage("verify takes no %q", rest[0])
	}
	o, err := p.open(ctx, pgrun.Command)
	if err != nil {
		return err
	}
	defer o.close()
	all, err := o.store.AllProjects(ctx)
	if err != nil {
		return err
	}
	broken := 0
	for _, x := range all {
		if err := o.engine.Check(ctx, x.ID); err != nil {
			broken++
			if _, err := fmt.Fprintf(p.out, "project %d, %s: NOT WHOLE: %v\n", x.ID, x.Name, err); err != nil {
				return err
			}
			continue
		}
		v, err := o.engine.View(ctx, x.ID, 0)
		if err != nil {
			return plain(err)
		}
		hash := v.Hash()
		if _, err := fmt.Fprintf(p.out, "project %d, %s: whole at entry %d, hash %x\n", x.ID, x.Name, v.Seq(), hash[:8]); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fmt.Errorf("of %s %s", many(len(all), "project", "projects"), many(broken, "is not whole", "are not whole"))
	}
	return nil
}

// account makes a one-time link to choose a password: there is no mail.
func (p *program) account(ctx context.Context, args []string) error {
	rest, err := parse(flags("account"), args)
	if err != nil {
		return err
	}
	if len(rest) != 2 || rest[0] != "password" {
		return usage("account password EMAIL")
	}
	o, err := p.open(ctx, pgrun.Command)
	if err != nil {
		return err
	}
	defer o.close()
	a, err := o.store.AccountByEmail(ctx, rest[1])
	if err != nil {
		return usage("there is no account %q", rest[1])
	}
	token, sum := server.NewToken()
	now := time.Now()
	if err := o.store.NewLink(ctx, store.Link{Sum: sum, Purpose: "password", Account: a.ID, Made: now, Until: now.Add(server.LinkLife)}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "%s can choose a new password with this link, once, within a day:\n  %s/password#%s\n", a.Name, p.base(), token)
	return err
}

// base is what a link printed on a terminal begins with.
func (p *program) base() string {
	if p.config.URL != nil {
		return p.config.URL.String()
	}
	return "http://" + p.config.Addr
}
