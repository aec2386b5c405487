package refi_test

import (
	"bytes"
	"fmt"

	"anyam/internal/exchange/refi"
)

// A project is made, written for NVivo and read again.
func Example() {
	space, _ := refi.ParseGUID("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
	id := func(name string) refi.GUID { return refi.NameGUID(space, name) }
	p := &refi.Project{
		Name:   "Flood",
		Origin: "example 1.0",
		Coders: []refi.Coder{{GUID: id("ani"), Name: "Ani"}},
		Codes:  []refi.Code{{GUID: id("help"), Name: "Help", Codable: true}},
		Documents: []refi.Document{{GUID: id("doc"), Name: "Pak Budi", Text: "🙏 They came at once.\nNobody waited.",
			Selections: []refi.Selection{{GUID: id("sel"), Start: 2, Stop: 20,
				Codings: []refi.Coding{{GUID: id("coding"), Code: id("help"), Coder: id("ani")}}}}}},
	}
	var file bytes.Buffer
	if _, err := refi.Write(&file, p, refi.NVivo); err != nil {
		fmt.Println(err)
		return
	}
	back, report, err := refi.Read(file.Bytes(), refi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := back.Documents[0].Selections[0]
	words, _ := back.Documents[0].Words(s.Start, s.Stop)
	fmt.Printf("%q, %d lost, %d problems\n", words, report.Lost(), len(refi.CheckFile(file.Bytes(), refi.NVivo)))
	fmt.Println(report.Placings[0].Positions)
	// Output:
	// "They came at once.", 0 lost, 0 problems
	// UTF-16 units, CRLF as 2
}
