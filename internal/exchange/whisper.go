package exchange

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// The files that Whisper and its kin write besides text and subtitles: a table of times and words, and JSON with
// segments (Whisper, WhisperX with speakers) or a transcription (whisper.cpp).
const whisperTable = "start\tend\ttext\n"

// isWhisperJSON looks at the start of a text only; whether it is sound is seen when it is read.
func isWhisperJSON(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") && (strings.Contains(text, `"segments"`) || strings.Contains(text, `"transcription"`))
}

// whisperCues reads either kind.
func (r *Reading) whisperCues(text string) ([]cue, *BadFile) {
	if r.Format == "tsv" {
		return tableCues(text)
	}
	var file struct {
		Text     string
		Segments []struct {
			Start, End    *float64
			Text, Speaker string
		}
		Transcription []struct {
			Offsets       struct{ From, To int64 }
			Text, Speaker string
		}
	}
	if err := json.Unmarshal([]byte(strings.TrimSpace(text)), &file); err != nil {
		return nil, broken(err)
	}
	if len(file.Segments)+len(file.Transcription) > MaxTurns {
		return nil, tooLong()
	}
	var cues []cue
	put := func(from, to int64, words, voice string) {
		words = strings.TrimSpace(strings.NewReplacer("\x00", "", "\r\n", " ", "\r", " ", "\n", " ").Replace(words))
		if words != "" {
			cues = append(cues, cue{from: from, to: to, pieces: []piece{{text: words, voice: clip(cleanLabel(voice), 100)}}})
		}
	}
	for _, s := range file.Segments {
		from, to := int64(-1), int64(-1)
		for _, t := range []struct {
			of *float64
			ms *int64
		}{{s.Start, &from}, {s.End, &to}} {
			if t.of == nil {
				continue
			}
			if *t.of < 0 || *t.of*1000 > maxMS {
				return nil, broken(errors.New("a time beyond all recordings"))
			}
			*t.ms = int64(math.Round(*t.of * 1000))
		}
		put(from, max(to, -1), s.Text, s.Speaker)
	}
	for _, s := range file.Transcription {
		if s.Offsets.From < 0 || s.Offsets.To > maxMS || s.Offsets.From > maxMS {
			return nil, broken(errors.New("a time beyond all recordings"))
		}
		put(s.Offsets.From, s.Offsets.To, s.Text, s.Speaker)
	}
	if len(cues) == 0 { // words without times
		put(-1, -1, file.Text, "")
	}
	return endings(cues), nil
}

// tableCues reads rows of "start, end, text" in milliseconds, parted by tabs.
func tableCues(text string) ([]cue, *BadFile) {
	var cues []cue
	for _, l := range strings.Split(strings.TrimPrefix(text, whisperTable), "\n") {
		if strings.TrimSpace(l) == "" {
			continue
		}
		if len(cues) > MaxTurns {
			return nil, tooLong()
		}
		cells := strings.SplitN(l, "\t", 3)
		if len(cells) < 3 {
			return nil, broken(errors.New("a row without times"))
		}
		from, err1 := strconv.ParseInt(cells[0], 10, 64)
		to, err2 := strconv.ParseInt(cells[1], 10, 64)
		if err1 != nil || err2 != nil || from < 0 || from > maxMS || to > maxMS {
			return nil, broken(errors.New("a time that is none"))
		}
		if words := strings.TrimSpace(cells[2]); words != "" {
			cues = append(cues, cue{from: from, to: to, pieces: []piece{{text: words}}})
		}
	}
	return endings(cues), nil
}

// endings drops ends before their beginnings.
func endings(cues []cue) []cue {
	for i := range cues {
		if cues[i].to < cues[i].from {
			cues[i].to = -1
		}
	}
	return cues
}
