package server

import (
	"context"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// Into is the project that a file comes into, and in whose name.
type Into struct {
	Store     *store.Store
	Engine    *engine.Engine
	Extractor *exchange.Extractor // reads the file in a child
	Project   qda.ProjectID
	Coder     qda.ID
	// Make makes the project where Project is 0, once something can come in, and gives who brings it in.
	Make func(context.Context) (qda.ProjectID, qda.ID, error)
}

// begun is the project as it stands, made where there was none.
func (i *Into) begun(ctx context.Context) (*engine.View, error) {
	if i.Project == 0 {
		var err error
		if i.Project, i.Coder, err = i.Make(ctx); err != nil {
			return nil, err
		}
	}
	return i.Engine.View(ctx, i.Project, 0)
}
