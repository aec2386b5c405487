package exchange
import ("os";"testing";"fmt")
func TestZShow(t *testing.T) {
	for _, f := range []string{os.Getenv("SHOW")} {
		data, err := os.ReadFile(f); if err != nil { t.Fatal(err) }
		r, err := Read(f, data, Options{})
		if err != nil { t.Fatal(err, err.(*BadFile).cause) }
		if err := r.check(); err != nil { t.Error(err) }
		fmt.Println(r.Format, r.Charset, r.Title); fmt.Println(turnsOf(r)); for _, n := range r.Notes { fmt.Println(n) }; for _, c := range r.Comments { fmt.Printf("%+v\n", c) }
		_ = fmt.Sprint
	}
}
