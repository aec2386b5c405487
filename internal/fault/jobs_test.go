//go:build faults

package fault

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// aJob keeps a job of a project in a state; one that runs is said to be run by another process, for long.
func (p *plot) aJob(project qda.ProjectID, id qda.ChangeID, kind, state string) {
	p.t.Helper()
	ctx := context.Background()
	j, err := p.beside.NewJob(ctx, store.Job{Project: project, ID: id, Kind: kind, Account: p.ownerIs.ID, Name: "berkas", Made: time.Now()})
	if err != nil {
		p.t.Fatal(err)
	}
	j.State, j.Runner, j.Beat = state, "elsewhere", time.Now().Add(24*time.Hour)
	if kind == store.ProjectJob {
		j.Report = []byte(`{"name":"x"}`)
	}
	if _, err := p.beside.SetJob(ctx, j, store.JobArriving); err != nil {
		p.t.Fatal(err)
	}
}

// arriving is a job whose files are still on their way. Another process works on a job of the project meanwhile, so that none begins here.
func (p *plot) arriving() string {
	p.aJob(p.id, fresh(), store.FilesJob, store.JobRunning)
	id := fresh()
	p.aJob(p.id, id, store.FilesJob, store.JobArriving)
	return id.String()
}

// unborn is a project that is to be made of a file that waits.
func (p *plot) unborn() qda.ProjectID {
	p.t.Helper()
	id := fresh()
	project, err := p.beside.MakeProject(context.Background(), id, time.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	p.aJob(project, fresh(), store.FilesJob, store.JobRunning)
	p.aJob(project, id, store.ProjectJob, store.JobArriving)
	data := p.otherProject()
	sum := qda.Hash(sha256.Sum256(data))
	if err := p.beside.PutFile(context.Background(), project, sum, "lain.qde", data, time.Now()); err != nil {
		p.t.Fatal(err)
	}
	if err := p.beside.PutJobFiles(context.Background(), project, id, store.JobFile{N: 1, Name: "lain.qde", Sum: &sum, Size: len(data), State: store.FileWaiting}); err != nil {
		p.t.Fatal(err)
	}
	return project
}

// otherProject is a project of another program.
func (p *plot) otherProject() []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="%s" origin="x"><CodeBook><Codes/></CodeBook></Project>`, p.next("Lain"))
}
