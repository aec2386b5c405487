package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/url"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// mostField is how many bytes of a field beside files are read; what is longer is cut.
const mostField = 4 << 10

// maySend lets a person send files to the project, unless it is archived or these are too many.
func (a *ask) maySend() error {
	if a.View.Project().State == qda.Archived {
		return qda.Refuse(qda.Refused, "refused.archived")
	}
	return a.limitedAccount(uploadsByAccount)
}

// sent gives the files of a form as they arrive, nothing of them on disk: the parts called "file" that have a name, as a field left
// empty has none. Each is to be read before the next is asked for; the fields before it are in a.PostForm then. The errors are
// sentences, as are those of brokenUpload.
func (a *ask) sent(most int64) iter.Seq2[*multipart.Part, error] {
	return func(yield func(*multipart.Part, error) bool) {
		a.PostForm = url.Values{}
		mr, err := a.MultipartReader()
		if err != nil {
			yield(nil, qda.Refuse(qda.Invalid, "refused.form"))
			return
		}
		for {
			part, err := mr.NextPart()
			if errors.Is(err, io.EOF) {
				return
			}
			var field []byte
			if err == nil && part.FormName() != "file" {
				field, err = io.ReadAll(io.LimitReader(part, mostField))
			}
			switch {
			case err != nil:
				yield(nil, brokenUpload(err, most))
				return
			case part.FormName() != "file":
				a.PostForm.Add(part.FormName(), string(field))
			case part.FileName() != "" && !yield(part, nil):
				return
			}
		}
	}
}

// sentFile reads the first file of a form; its name is "" where there is none. One of more than most bytes comes with a byte more
// than that.
func (a *ask) sentFile(most int64) (name string, data []byte, err error) {
	for part, err := range a.sent(most) {
		if err != nil {
			return "", nil, err
		}
		// As much at once as the file can be: to grow by doubling would take it in memory three times.
		b := bytes.NewBuffer(make([]byte, 0, min(max(a.ContentLength, 0), most+1)+bytes.MinRead))
		if _, err := b.ReadFrom(io.LimitReader(part, most+1)); err != nil {
			return "", nil, brokenUpload(err, most)
		}
		return FileName(part.FileName()), b.Bytes(), nil
	}
	return "", nil, nil
}

// oneFile reads the file of a form that is kept for a page of its own; nil where there is none.
func (a *ask) oneFile() (name string, data []byte, err error) {
	if err := a.maySend(); err != nil {
		return "", nil, err
	}
	name, data, err = a.sentFile(exchange.MaxFile)
	switch {
	case err != nil || len(data) == 0:
		return "", nil, err
	case len(data) > exchange.MaxFile:
		return "", nil, largerThan(exchange.MaxFile)
	}
	return name, data, nil
}

// brokenUpload says why files did not arrive, of which none is to have more than most bytes.
func brokenUpload(err error, most int64) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return largerThan(most)
	}
	if slow := tooSlow(err); slow != nil {
		return slow
	}
	return qda.Refuse(qda.Invalid, "refused.upload_broken")
}

func largerThan(most int64) error {
	return qda.Refuse(qda.TooLarge, "reading.bad.toobig", "max", fmt.Sprintf("%d MB", most>>20))
}
