package exchange

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words before a name of a person.
var honorifics = set("bapak,pak,bpk,ibu,bu,mas,mbak,bang,abang,kak,kakak,mang,teh,kang,haji,hajah,hj,h,ustadz,ustaz,ustad,tuan,nyonya,nona,dik,dek,om,tante,dr,prof,ir,drs,dra,mr,mrs,ms,miss,sir,madam,uncle,auntie,aunt,sdr,sdri,saudara,saudari,pakde,bude,pakdhe,budhe,mbah,eyang")

// Words before a name of a place or an organisation.
var placeWords = set("di,kota,kabupaten,provinsi,propinsi,kecamatan,desa,kelurahan,jalan,jl,pulau,sungai,gunung,pantai,pelabuhan,bandara,pasar,negara,in,at,city,street,river,port,island,near,pt,cv,ud,bank,universitas,university,institut,institute,dinas,kementerian,ministry,badan,kantor,koperasi,yayasan,hotel,toko,sekolah,school,company,stasiun,terminal,danau,teluk,selat,laut,sd,smp,sma,smk,kampung,dusun,blok,gedung")

// Capitalised words that are no names of persons.
var notNames = set("brunei,darussalam,kamboja,laos,myanmar,timor,leste,turki,turkey,mesir,egypt,canada,kanada,italia,italy,spanyol,spain,swiss,meksiko,brazil,brasil,pakistan,bangladesh,iran,irak,qatar,kuwait,oman,jakarta,surabaya,bandung,medan,semarang,makassar,balikpapan,samarinda,yogyakarta,jogja,denpasar,bali,palembang,pontianak,banjarmasin,manado,ambon,jayapura,papua,jawa,java,sumatra,sumatera,kalimantan,borneo,sulawesi,lombok,flores,maluku,aceh,batam,bogor,depok,bekasi,tangerang,malang,solo,surakarta,cirebon,kutai,penajam,paser,berau,tarakan,nusantara,ikn,singapura,singapore,malaysia,thailand,vietnam,filipina,philippines,cina,china,tiongkok,jepang,japan,korea,india,arab,saudi,dubai,amerika,america,eropa,europe,asia,afrika,africa,australia,belanda,netherlands,inggris,england,britain,jerman,germany,prancis,france,rusia,usa,uk,asean,barat,timur,utara,selatan,tengah,north,south,east,west,central,european,union,york,london,kuala,lumpur,hong,kong,taiwan," +
	"januari,februari,maret,april,mei,juni,juli,agustus,september,oktober,november,desember,january,february,march,may,june,july,august,october,december,senin,selasa,rabu,kamis,jumat,jum'at,sabtu,minggu,ahad,monday,tuesday,wednesday,thursday,friday,saturday,sunday,ramadan,ramadhan,lebaran,idul,fitri,adha,natal,christmas,easter,eid,imlek," +
	"allah,tuhan,god,islam,muslim,kristen,katolik,hindu,buddha,christian,catholic,alhamdulillah,insya,insyaallah,astaghfirullah,masya,inshallah," +
	"anda,saya,aku,kami,kita,mereka,beliau,i,i'm,i'd,i've,i'll,english,indonesian,bahasa,melayu,dayak,banjar,bugis,sunda,madura,batak,minang,chinese,japanese,korean,dutch,german,french,american,british,javanese,malay," +
	"google,whatsapp,facebook,instagram,tiktok,youtube,zoom,shopee,tokopedia,lazada,grab,gojek,amazon,alibaba,excel,word,microsoft,telegram,twitter,netflix,covid," +
	"bea,cukai,kementerian,dinas,badan,pemerintah,presiden,gubernur,bupati,walikota,wali,camat,lurah,menteri,direktur,ketua,kepala,manajer,sekretaris,bendahara,president,minister,director,manager,chairman,government,bank,pt,cv,ud,tbk,umkm,bpom,mui,halal,kadin,bpjs,npwp,nib,oss,universitas,university,institut,sekolah,koperasi,kantor,pelabuhan,bandara,pasar,perdagangan,perindustrian,perikanan,pertanian,kesehatan,pendidikan,departemen,department,ministry,undang,pancasila,reformasi," +
	"bapak,ibu,pak,bu,mas,mbak,mr,mrs,ms,dr,prof,kak,bang,saudara,pewawancara,narasumber,informan,responden,interviewer,participant,peneliti,ok,oke,okay,ya,tidak,nah,wah,oh,eh,hmm,um,uh,well,yes,no,the,a,an,and,but,so,then,we,they,he,she,it,this,that,there,what,when,where,why,how,who,dan,tapi,jadi,karena,kalau,itu,ini,yang,di,ke,dari,untuk,apa,bagaimana,kapan,siapa,mengapa,kenapa,sebetulnya,sebenarnya,terus,lalu,kemudian,waktu,sekarang,dulu,saat,hari,orang,ada,sudah,belum,bukan,selalu,memang,mungkin,misalnya,seperti,setelah,sebelum,ketika,jika,bila,juga,hanya,masih,lagi,harus,bisa,tertawa,laughs,pause,jeda,diam,inaudible,sertifikat,sertifikasi,ekspor,impor,dokumen")

type nameCount struct {
	mid  int // capitalised inside a sentence or after an honorific
	all  int
	turn int // where it first stood so
	at   int
}

// A nameScan looks for words that are likely to name persons: capitalised inside a sentence, or after a word like Bapak
// or Mrs. It only points: a person decides. It finds too much rather than too little.
type nameScan struct {
	found map[string]*nameCount
	lex   *lexicon
	run   []word // room for those of turn
}

// hits are the names found, most frequent first.
func (s *nameScan) hits(turns []Turn) []NameHit {
	var out []NameHit
	for name, n := range s.found {
		if n.mid == 0 {
			continue
		}
		if x := s.lex.known[strings.ToLower(name)]; x != nil && x.small > n.mid {
			continue // an ordinary word that is now and then capitalised
		}
		out = append(out, NameHit{Word: name, Count: n.all, Context: around(turns[n.turn].Text, n.at, len(name))})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return out[i].Word < out[j].Word
	})
	return out[:min(len(out), maxNames)]
}

// turn walks one turn, counts its words, as eachWord and as countWords have them, and its stop words; names of several
// words are taken together.
func (s *nameScan) turn(text string, turn int, langs *langCounts) (words, runs int) {
	found := s.found
	var prev word       // the word before
	before := &lexeme{} // what is known of it
	run := s.run[:0]    // capitalised words in a row
	runMid := false     // the run stands inside a sentence
	runHon := false     // the run follows an honorific
	place := false      // the word before is part of a place's or an organisation's name
	keep := func() {    // what the run is
		if len(run) > 4 {
			return
		}
		name := text[run[0].start:run[len(run)-1].stop]
		if n := utf8.RuneCountInString(name); n < 2 || n > 80 {
			return
		}
		n := found[name]
		if n == nil {
			if len(found) > 20_000 {
				return
			}
			n = &nameCount{turn: turn, at: run[0].start}
			found[name] = n
		}
		n.all++
		if runMid || runHon {
			if n.mid == 0 {
				n.turn, n.at = turn, run[0].start
			}
			n.mid++
		}
	}
	flush := func() {
		if len(run) > 0 {
			keep()
		}
		run, runMid, runHon = run[:0], false, false
	}
	one := func(w word, x *lexeme) {
		first, size := utf8.DecodeRuneInString(w.s)
		if unicode.IsLower(first) { // as most words do
			flush()
			if x.isLow {
				x.small++
			} else {
				s.lex.of(x.low).small++
			}
			return
		}
		gap := text[prev.stop:w.start]
		plain := prev.s != "" && (gap == " " || strings.Trim(gap, " \u00a0") == "") // only a space between the two
		if len(run) > 0 && !plain {
			flush()
		}
		honorific := prev.s != "" && (plain || gap == ". ") && before.honorific
		inPlace := place && plain && !honorific
		place = false
		capital := unicode.IsUpper(first) && (len(w.s) == size || honorific || hasSmall(w.s))
		if !capital || x.notName || x.honorific || utf8.RuneCountInString(w.s) < 2 && len(run) == 0 {
			flush()
			return
		}
		if len(run) > 0 {
			run = append(run, w)
			return
		}
		starts := prev.s == "" || unicode.IsDigit([]rune(prev.s)[0]) || strings.ContainsAny(gap, ".?!…:;\n\"“”‘«»()[]-–—")
		if honorific {
			runHon = true
		} else if inPlace {
			place = true
			return
		} else if starts {
			// May be a name, but the capital proves nothing: it counts once the word stands inside a sentence elsewhere.
			run = append(run, w)
			return
		} else if placeWords[before.low] || before.notName && !unicode.IsLower([]rune(prev.s)[0]) {
			place = true
			return
		}
		runMid = true
		run = append(run, w)
	}
	counted := false // something of what stands between white space here is in runs
	for i := 0; i < len(text); {
		if stop := wordEnd(text, i); stop > i {
			w := word{text[i:stop], i, stop}
			x := s.lex.of(w.s)
			words++
			for in, i := x.stops, 0; in != 0; in, i = in>>1, i+1 {
				langs[i] += int(in & 1)
			}
			if c := text[i]; !counted && (c < utf8.RuneSelf || countWords(w.s) > 0) {
				counted = true
				runs++
			}
			if c := text[i]; 'a' <= c && c <= 'z' && x.isLow && len(run) == 0 { // what one would do
				x.small++
			} else {
				one(w, x)
			}
			prev, before = w, x
			if i = stop; i == len(text) {
				break
			}
		}
		c, size := rune(text[i]), 1 // it is no word's
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[i:])
		}
		if unicode.IsSpace(c) {
			counted = false
		}
		i += size
	}
	flush()
	s.run = run
	return words, runs
}

// hasSmall tells whether a word would be another in capitals.
func hasSmall(s string) bool {
	for _, c := range s {
		if 'a' <= c && c <= 'z' || c >= utf8.RuneSelf && unicode.ToUpper(c) != c {
			return true
		}
	}
	return false
}

// around is the place with up to 40 code points on either side, on one row.
func around(s string, at, n int) string {
	start, stop := at, at+n
	for range 40 {
		if start == 0 {
			break
		}
		_, size := utf8.DecodeLastRuneInString(s[:start])
		start -= size
	}
	for range 40 {
		if stop == len(s) {
			break
		}
		_, size := utf8.DecodeRuneInString(s[stop:])
		stop += size
	}
	return oneRow(s[start:stop])
}
