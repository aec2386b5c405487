package exchange

import (
	"strings"
	"testing"
)

// TestTools: what transcription tools write, as far as it isn't in testdata/formats.
func TestTools(t *testing.T) {
	teams := func(rows ...string) string {
		var b strings.Builder
		for _, r := range rows {
			b.WriteString("<w:p><w:r><w:t>" + strings.ReplaceAll(r, "\n", "</w:t></w:r><w:r><w:br/></w:r><w:r><w:t>") + "</w:t></w:r></w:p>")
		}
		return string(docxOf(t, strings.ReplaceAll(b.String(), "-->", "--&gt;")))
	}
	for _, c := range []struct {
		what, name, in, want, format string
	}{
		{"Teams docx, name and time above the words", "a.docx", teams("Rapat-20260312", "Rina Yuliani   0:03\nHalo semua.", "Joko Santosa (Guest)   0:12\nHalo.\nApa kabar?", "Rina Yuliani   1:02:03\nBaik."), "|Rapat-20260312\nRina Yuliani@3000--1|Halo semua.\nJoko Santosa (Guest)@12000--1|Halo.⏎Apa kabar?\nRina Yuliani@3723000--1|Baik.", "docx"},
		{"Teams docx, surname first", "a.docx", teams("Yuliani, Rina   0:03\nHalo.", "Santosa, Joko   0:12\nHalo.", "Yuliani, Rina   0:15\nYa."), "Yuliani, Rina@3000--1|Halo.\nSantosa, Joko@12000--1|Halo.\nYuliani, Rina@15000--1|Ya.", "docx"},
		{"Teams docx of before, three rows", "a.docx", teams("0:0:0.0 --> 0:0:2.340\nRina Yuliani\nHalo semua.", "0:0:2.340 --> 0:0:9.50\nSantosa, Joko\nHalo.", "0:0:10.0 --> 0:1:12.5\nRina Yuliani\nBaik."), "Rina Yuliani@0-2340|Halo semua.\nSantosa, Joko@2340-9500|Halo.\nRina Yuliani@10000-72500|Baik.", "docx"},
		{"Word's own dictation", "a.docx", teams("Transcript", "00:00:00 Speaker 1", "Halo.", "00:00:07 Speaker 2", "Ya, halo.", "00:00:09 Speaker 1", "Baik."), "|Transcript\nSpeaker 1@0--1|Halo.\nSpeaker 2@7000--1|Ya, halo.\nSpeaker 1@9000--1|Baik.", "docx"},
		{"Meet, a time now and then", "a.txt", "00:00:00\n\nRina Yuliani: Halo.\nJoko Santosa: Ya.\n\n00:05:00\n\nRina Yuliani: Lalu?\nJoko Santosa: Sudah.\nRina Yuliani: Baik.", "Rina Yuliani@0--1|Halo.\nJoko Santosa|Ya.\nRina Yuliani@300000--1|Lalu?\nJoko Santosa|Sudah.\nRina Yuliani|Baik.", "txt"},
		{"Rev", "a.txt", "Speaker 1 (00:03):\nHalo.\n\nSpeaker 2 (00:07):\nYa.\n\nSpeaker 1 (00:09):\nBaik.", "Speaker 1@3000--1|Halo.\nSpeaker 2@7000--1|Ya.\nSpeaker 1@9000--1|Baik.", "txt"},
		{"whisper.cpp's text", "a.txt", "[00:00:00.000 --> 00:00:04.000]   Halo semua.\n[00:00:04.000 --> 00:00:09.500]   Apa kabar?\n", "@0-4000|Halo semua.\n@4000-9500|Apa kabar?", "txt"},
		{"Whisper's text on the screen", "a.txt", "[00:00.000 --> 00:04.000] Halo semua.\n[00:04.000 --> 00:09.500] Apa kabar?\n", "@0-4000|Halo semua.\n@4000-9500|Apa kabar?", "txt"},
		{"Whisper's table", "a.tsv", "start\tend\ttext\n0\t4000\tHalo semua.\n4000\t9500\tApa\tkabar?\n20000\t21000\tSesudah jeda.\n", "@0-9500|Halo semua. Apa\tkabar?\n@20000-21000|Sesudah jeda.", "tsv"},
		{"Whisper's JSON", "a.json", `{"text":" Halo. Ya.","segments":[{"id":0,"start":0.0,"end":4.0,"text":" Halo.","tokens":[1]},{"start":9.46,"end":10,"text":" Ya."}],"language":"id"}`, "@0-4000|Halo.\n@9460-10000|Ya.", "json"},
		{"WhisperX's JSON, called txt", "a.txt", `{"segments":[{"start":0.5,"end":4,"text":"Halo?","speaker":"SPEAKER_00"},{"start":4,"end":5,"text":"Ya.","speaker":"SPEAKER_01"},{"start":5,"end":6,"text":"Halo."}]}`, "SPEAKER_00@500-4000|Halo?\nSPEAKER_01@4000-5000|Ya.\n@5000-6000|Halo.", "json"},
		{"whisper.cpp's JSON", "a.json", `{"systeminfo":"x","transcription":[{"timestamps":{"from":"00:00:00,000","to":"00:00:04,000"},"offsets":{"from":0,"to":4000},"text":" Halo."}]}`, "@0-4000|Halo.", "json"},
		{"WhisperX's subtitles", "a.srt", "1\n00:00:00,500 --> 00:00:04,000\n[SPEAKER_00]: Halo?\n\n2\n00:00:04,000 --> 00:00:05,000\n[SPEAKER_01]: Ya.\n\n3\n00:00:05,000 --> 00:00:06,000\n[SPEAKER_00]: Baik.\n", "SPEAKER_00@500-4000|Halo?\nSPEAKER_01@4000-5000|Ya.\nSPEAKER_00@5000-6000|Baik.", "srt"},
		{"MAXQDA, times in front", "a.txt", "#00:00:03-4# RY: Halo?\n#00:00:07-1# P1: Ya.\n#00:00:09-0# RY: Baik.", "RY@3400--1|Halo?\nP1@7100--1|Ya.\nRY@9000--1|Baik.", "txt"},
		{"MAXQDA, times in brackets in front", "a.txt", "[00:00:03.4] RY: Halo?\n[00:00:07.1] P1: Ya.\n[00:00:09.0] RY: Baik.", "RY@3400--1|Halo?\nP1@7100--1|Ya.\nRY@9000--1|Baik.", "txt"},
		{"f4, times in brackets at the end", "a.txt", "RY: Halo? [00:00:03.4]\nP1: Ya. [00:00:07.1]\nRY: Baik. [00:00:09.0]", "RY@0-3400|Halo?\nP1@3400-7100|Ya.\nRY@7100-9000|Baik.", "txt"},
		{"a time in brackets now and then", "a.txt", "RY: Halo?\nP1: Ya. [00:00:07.1]\nRY: Baik.\nP1: Ya.\nRY: Oh.", "RY|Halo?\nP1|Ya. [00:00:07.1]\nRY|Baik.\nP1|Ya.\nRY|Oh.", "txt"},
		{"f4 without milliseconds, empty turns", "a.txt", "RY: Halo? #00:00:03#\nP1: (unv.) #00:00:07#\nRY: Baik. #00:00:09#", "RY@0-3000|Halo?\nP1@3000-7000|(unv.)\nRY@7000-9000|Baik.", "txt"},
		{"Otter's end stays", "a.txt", "Rina Yuliani  0:04  \nHalo.\n\nJoko Santosa  0:09  \nYa.\n\nRina Yuliani  0:12  \nBaik.\n\nTranscribed by https://otter.ai\n", "Rina Yuliani@4000--1|Halo.\nJoko Santosa@9000--1|Ya.\nRina Yuliani@12000--1|Baik.⏎Transcribed by https://otter.ai", "txt"},
		{"Otter's unknown speakers", "a.txt", "Unknown Speaker  0:04  \nHalo.\n\nSpeaker 2  0:09  \nYa.\n\nUnknown Speaker  1:00:12  \nBaik.", "Unknown Speaker@4000--1|Halo.\nSpeaker 2@9000--1|Ya.\nUnknown Speaker@3612000--1|Baik.", "txt"},
		{"Zoom's subtitles without names", "a.vtt", "WEBVTT\n\n1\n00:00:03.120 --> 00:00:06.400\nHalo.\n\n2\n00:00:20.000 --> 00:00:21.900\nYa.\n", "@3120-6400|Halo.\n@20000-21900|Ya.", "vtt"},
		{"f4, a paragraph that goes on after a time", "a.txt", "I: Halo? #00:00:07-4#\n\nB: Ya. #00:00:21-0#\nLalu hujan. #00:00:40-9#\n\nI: Mhm. #00:00:42-1#\n\nB: Ya. #00:01:02-5#", "I@0-7400|Halo?\nB@7400-21000|Ya.\nB@21000-40900|Lalu hujan.\nI@40900-42100|Mhm.\nB@42100-62500|Ya.", "txt"},
		{"Meet's last row", "a.txt", "00:00:00\nRina Yuliani: Halo.\nJoko Santosa: Ya.\n00:05:02\nRina Yuliani: Lalu?\nJoko Santosa: Sudah.\nMeeting ended after 00:06:10", "Rina Yuliani@0--1|Halo.\nJoko Santosa|Ya.\nRina Yuliani@302000--1|Lalu?\nJoko Santosa|Sudah.⏎Meeting ended after 00:06:10", "txt"},
		{"Rev's crosstalk", "a.txt", "Speaker 1 (00:03):\nHalo [inaudible 00:01:10] ya.\n\nSpeaker 2 (01:15):\n[crosstalk 00:01:20] Baik.\n\nSpeaker 1 (01:25):\n[inaudible 00:12:31]", "Speaker 1@3000--1|Halo [inaudible 00:01:10] ya.\nSpeaker 2@75000--1|[crosstalk 00:01:20] Baik.\nSpeaker 1@85000--1|[inaudible 00:12:31]", "txt"},
		{"Teams docx, a name in small letters", "a.docx", teams("Yuliani, Rina   0:03\nHalo.", "dinas perdagangan   0:12\nKami hadir.", "Yuliani, Rina   0:15\nYa."), "Yuliani, Rina@3000--1|Halo.\ndinas perdagangan@12000--1|Kami hadir.\nYuliani, Rina@15000--1|Ya.", "docx"},
		{"Otter, a name in small letters", "a.txt", "Rina Yuliani  0:04  \nHalo.\n\ndr. siti  0:09  \nYa.\n\nRina Yuliani  0:12  \nBaik.\n\ndr. siti  0:15  \nSekian.\n", "Rina Yuliani@4000--1|Halo.\ndr. siti@9000--1|Ya.\nRina Yuliani@12000--1|Baik.\ndr. siti@15000--1|Sekian.", "txt"},
		{"YouTube's automatic subtitles", "a.vtt", "WEBVTT\nKind: captions\nLanguage: id\n\n00:00:00.160 --> 00:00:02.389 align:start position:0%\n \nselamat<00:00:00.560><c> pagi</c>\n\n00:00:02.389 --> 00:00:02.399 align:start position:0%\nselamat pagi\n \n\n00:00:02.399 --> 00:00:04.470 align:start position:0%\nselamat pagi\nhari<00:00:02.800><c> ini</c>\n\n00:00:04.470 --> 00:00:04.480 align:start position:0%\nhari ini\n \n\n00:00:04.480 --> 00:00:06.000 align:start position:0%\nhari ini\nkita<00:00:05.000><c> bicara</c>\n", "@160-6000|selamat pagi hari ini kita bicara", "vtt"},
		{"YouTube's automatic subtitles as SubRip", "a.srt", "1\n00:00:00,160 --> 00:00:02,389\nselamat pagi\n\n2\n00:00:02,389 --> 00:00:02,399\nselamat pagi\n\n3\n00:00:02,399 --> 00:00:04,470\nselamat pagi\nhari ini\n\n4\n00:00:04,470 --> 00:00:04,480\nhari ini\n\n5\n00:00:04,480 --> 00:00:06,000\nhari ini\nkita bicara\n", "@160-6000|selamat pagi hari ini kita bicara", "srt"},
		{"three rows that roll up", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nsatu\n\n2\n00:00:02,000 --> 00:00:03,000\nsatu\ndua\n\n3\n00:00:03,000 --> 00:00:04,000\nsatu\ndua\ntiga\n\n4\n00:00:04,000 --> 00:00:05,000\ndua\ntiga\nempat\n", "@1000-5000|satu dua tiga empat", "srt"},
		{"Webex's names of cues", "a.vtt", "WEBVTT\n\n1 \"Rina Yuliani\" (1234567890)\n00:00:03.020 --> 00:00:06.110\nHalo,\nsemua.\n\n2 \"Joko \"Jo\" Santosa\" (987654)\n00:00:06.500 --> 00:00:12.040\nYa.\n\n3 \"Rina Yuliani\" (1234567890)\n00:00:12.900 --> 00:00:15.220\nBaik.\n\n4 \"apa\" itu\n00:00:16.000 --> 00:00:17.000\nSunyi.\n", "Rina Yuliani@3020-6110|Halo, semua.\nJoko \"Jo\" Santosa@6500-12040|Ya.\nRina Yuliani@12900-15220|Baik.\n@16000-17000|Sunyi.", "vtt"},
		{"subtitles for the deaf", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\n>> RINA: Halo.\n\n2\n00:00:02,500 --> 00:00:04,000\n&gt;&gt; Ya.\n\n3\n00:00:04,500 --> 00:00:06,000\n>>> RINA: Lanjut.\nBaris dua, 5 > 3.\n", "RINA@1000-2000|Halo.\n@2500-4000|Ya.\nRINA@4500-6000|Lanjut. Baris dua, 5 > 3.", "srt"},
		{"Teams VTT with brackets in a name", "a.vtt", "WEBVTT\n\n00:00:03.120 --> 00:00:06.400\n<v Joko [Guest]>Halo.</v>\n\n00:00:06.500 --> 00:00:07.900\n<v [Rina]>Ya.</v>\n", "Joko [Guest]@3120-6400|Halo.\nRina@6500-7900|Ya.", "vtt"},
		{"Teams VTT with a guest", "a.vtt", "WEBVTT\n\n00:00:03.120 --> 00:00:06.400\n<v Joko Santosa (Guest)>Halo.</v>\n\n00:00:06.500 --> 00:00:07.900\n<v Rina>Ya.</v>\n", "Joko Santosa (Guest)@3120-6400|Halo.\nRina@6500-7900|Ya.", "vtt"},
	} {
		r, err := Read(c.name, []byte(c.in), Options{})
		if err != nil {
			t.Errorf("%s: %v (%v)", c.what, err, err.(*BadFile).cause)
			continue
		}
		if got := turnsOf(r); got != c.want || r.Format != c.format || r.check() != nil {
			t.Errorf("%s (%s): got\n%s\nwant\n%s\n%v %+v", c.what, r.Format, got, c.want, r.check(), r.Possible)
		}
	}
	for what, in := range map[string]string{"a.json": `{"a": 1}`, "b.json": `{"segments":[{"start":1e30,"text":"x"}]}`, "c.json": `{"segments": [`, "d.json": `{"segments":{"a":` + strings.Repeat("[", 100_000) + `}}`,
		"a.tsv": "a\tb\n", "b.tsv": whisperTable + "x\ty\tz\n", "c.tsv": whisperTable + "1\n", "e.json": `{"segments":[]}`, "f.json": "[]"} {
		if r, err := Read(what, []byte(in), Options{}); err == nil {
			t.Errorf("%s was read: %q", what, r.Text())
		}
	}
}
