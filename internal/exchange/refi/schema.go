package refi

// The namespaces of the standard.
const (
	projectSpace  = "urn:QDA-XML:project:1.0"
	codebookSpace = "urn:QDA-XML:codebook:1.0"
)

// A rule is what the schema says of one type: children in their order and attributes with their types. A test reads it out
// of the schema itself and compares.
type rule struct {
	children   []child
	choice     bool   // children in any order, and any number of times
	attributes string // "name:type" or "name:type!" when it must be there, apart by spaces
}

type child struct {
	name     string
	kind     string // its type
	min, max int    // max 0: any number
}

func one(name, kind string) child   { return child{name, kind, 1, 1} }
func maybe(name, kind string) child { return child{name, kind, 0, 1} }
func any0(name, kind string) child  { return child{name, kind, 0, 0} }
func some(name, kind string) child  { return child{name, kind, 1, 0} }
func desc() child                   { return maybe("Description", "string") }
func noteRefs() child               { return any0("NoteRef", "NoteRefType") }
func codingsIn() child              { return any0("Coding", "CodingType") }
func valuesIn() child               { return any0("VariableValue", "VariableValueType") }
func seq(c ...child) []child        { return c }
func reference() rule               { return rule{attributes: "targetGUID:GUIDType!"} }
func listOf(name, kind string) rule { return rule{children: seq(some(name, kind))} }

const (
	stamps = " creatingUser:GUIDType creationDateTime:dateTime modifyingUser:GUIDType modifiedDateTime:dateTime"
	named  = "guid:GUIDType! name:string"
	corner = " firstX:integer! firstY:integer! secondX:integer! secondY:integer!"
)

func mediaRule(selection, kind string, before child) rule {
	return rule{children: seq(desc(), before, any0(selection, kind), codingsIn(), noteRefs(), valuesIn()),
		attributes: named + " path:string currentPath:string" + stamps}
}

// projectRules is Project.xsd.
var projectRules = map[string]rule{
	"ProjectType": {children: seq(maybe("Users", "UsersType"), maybe("CodeBook", "CodeBookType"), maybe("Variables", "VariablesType"),
		maybe("Cases", "CasesType"), maybe("Sources", "SourcesType"), maybe("Notes", "NotesType"), maybe("Links", "LinksType"),
		maybe("Sets", "SetsType"), maybe("Graphs", "GraphsType"), desc(), noteRefs()),
		attributes: "name:string! origin:string creatingUserGUID:GUIDType creationDateTime:dateTime modifyingUserGUID:GUIDType modifiedDateTime:dateTime basePath:string"},
	"UsersType":         listOf("User", "UserType"),
	"UserType":          {attributes: "guid:GUIDType! name:string id:string"},
	"CodeBookType":      {children: seq(one("Codes", "CodesType"))},
	"CodesType":         listOf("Code", "CodeType"),
	"CodeType":          {children: seq(desc(), noteRefs(), any0("Code", "CodeType")), attributes: "guid:GUIDType! name:string! isCodable:boolean! color:RGBType"},
	"CasesType":         listOf("Case", "CaseType"),
	"CaseType":          {children: seq(desc(), any0("CodeRef", "CodeRefType"), valuesIn(), any0("SourceRef", "SourceRefType"), any0("SelectionRef", "SelectionRefType")), attributes: named},
	"VariablesType":     listOf("Variable", "VariableType"),
	"VariableType":      {children: seq(desc()), attributes: "guid:GUIDType! name:string! typeOfVariable:typeOfVariableType!"},
	"VariableValueType": {children: seq(one("VariableRef", "VariableRefType"), maybe("TextValue", "string"), maybe("BooleanValue", "boolean"), maybe("IntegerValue", "integer"), maybe("FloatValue", "decimal"), maybe("DateValue", "date"), maybe("DateTimeValue", "dateTime"))},
	"SetsType":          listOf("Set", "SetType"),
	"SetType":           {children: seq(desc(), any0("MemberCode", "CodeRefType"), any0("MemberSource", "SourceRefType"), any0("MemberNote", "NoteRefType")), attributes: "guid:GUIDType! name:string!"},
	"SourcesType": {choice: true, children: seq(child{"TextSource", "TextSourceType", 1, 1}, child{"PictureSource", "PictureSourceType", 1, 1},
		child{"PDFSource", "PDFSourceType", 1, 1}, child{"AudioSource", "AudioSourceType", 1, 1}, child{"VideoSource", "VideoSourceType", 1, 1})},
	"TextSourceType": {children: seq(desc(), maybe("PlainTextContent", "string"), any0("PlainTextSelection", "PlainTextSelectionType"), codingsIn(), noteRefs(), valuesIn()),
		attributes: named + " richTextPath:string plainTextPath:string" + stamps},
	"PlainTextSelectionType": {children: seq(desc(), codingsIn(), noteRefs()), attributes: named + " startPosition:integer! endPosition:integer!" + stamps},
	"PictureSourceType":      mediaRule("PictureSelection", "PictureSelectionType", maybe("TextDescription", "TextSourceType")),
	"PictureSelectionType":   {children: seq(desc(), codingsIn(), noteRefs()), attributes: named + corner + stamps},
	"PDFSourceType": {children: seq(desc(), any0("PDFSelection", "PDFSelectionType"), maybe("Representation", "TextSourceType"), codingsIn(), noteRefs(), valuesIn()),
		attributes: named + " path:string currentPath:string" + stamps},
	"PDFSelectionType":   {children: seq(desc(), maybe("Representation", "TextSourceType"), codingsIn(), noteRefs()), attributes: named + " page:integer!" + corner + stamps},
	"AudioSourceType":    mediaRule("AudioSelection", "AudioSelectionType", any0("Transcript", "TranscriptType")),
	"AudioSelectionType": {children: seq(desc(), codingsIn(), noteRefs()), attributes: named + " begin:integer! end:integer!" + stamps},
	"VideoSourceType":    mediaRule("VideoSelection", "VideoSelectionType", any0("Transcript", "TranscriptType")),
	"VideoSelectionType": {children: seq(desc(), codingsIn(), noteRefs()), attributes: named + " begin:integer! end:integer!" + stamps},
	"TranscriptType": {children: seq(desc(), maybe("PlainTextContent", "string"), any0("SyncPoint", "SyncPointType"), any0("TranscriptSelection", "TranscriptSelectionType"), noteRefs()),
		attributes: named + " richTextPath:string plainTextPath:string" + stamps},
	"TranscriptSelectionType": {children: seq(desc(), codingsIn(), noteRefs()), attributes: named + " fromSyncPoint:GUIDType toSyncPoint:GUIDType" + stamps},
	"SyncPointType":           {attributes: "guid:GUIDType! timeStamp:integer position:integer"},
	"CodingType":              {children: seq(one("CodeRef", "CodeRefType"), noteRefs()), attributes: "guid:GUIDType! creatingUser:GUIDType creationDateTime:dateTime"},
	"GraphsType":              listOf("Graph", "GraphType"),
	"GraphType":               {children: seq(any0("Vertex", "VertexType"), any0("Edge", "EdgeType")), attributes: named},
	"VertexType":              {attributes: "guid:GUIDType! representedGUID:GUIDType name:string firstX:integer! firstY:integer! secondX:integer secondY:integer shape:ShapeType color:RGBType"},
	"EdgeType":                {attributes: "guid:GUIDType! representedGUID:GUIDType name:string sourceVertex:GUIDType! targetVertex:GUIDType! color:RGBType direction:directionType lineStyle:LineStyleType"},
	"NotesType":               listOf("Note", "TextSourceType"),
	"LinksType":               listOf("Link", "LinkType"),
	"LinkType":                {children: seq(noteRefs()), attributes: named + " direction:directionType color:RGBType originGUID:GUIDType targetGUID:GUIDType"},
	"NoteRefType":             reference(), "CodeRefType": reference(), "SourceRefType": reference(), "SelectionRefType": reference(), "VariableRefType": reference(),
}

// codebookRules is Codebook.xsd.
var codebookRules = map[string]rule{
	"CodeBookType":   {children: seq(one("Codes", "CodesType"), maybe("Sets", "SetsType")), attributes: "origin:string"},
	"CodesType":      listOf("Code", "CodeType"),
	"SetsType":       listOf("Set", "SetType"),
	"CodeType":       {children: seq(desc(), any0("Code", "CodeType")), attributes: "guid:GUIDType! name:string! isCodable:boolean! color:RGBType"},
	"SetType":        {children: seq(desc(), any0("MemberCode", "MemberCodeType")), attributes: "guid:GUIDType! name:string!"},
	"MemberCodeType": {attributes: "guid:GUIDType!"},
}

// enumerations are the simple types that are lists of words.
var enumerations = map[string][]string{
	"directionType":      {"Associative", "OneWay", "Bidirectional"},
	"typeOfVariableType": {"Text", "Boolean", "Integer", "Float", "Date", "DateTime"},
	"ShapeType":          shapes,
	"LineStyleType":      {"dotted", "dashed", "solid"},
}

// validSimple reports whether letters are of a simple type.
func validSimple(kind, s string) bool {
	switch kind {
	case "string":
		return true
	case "GUIDType":
		return guidForm.MatchString(s)
	case "RGBType":
		return colourForm.MatchString(s)
	case "boolean":
		return validValue(BooleanValue, s)
	case "integer":
		return validValue(IntegerValue, s)
	case "decimal":
		return validValue(FloatValue, s)
	case "date":
		return validValue(DateValue, s)
	case "dateTime":
		return validValue(DateTimeValue, s)
	}
	for _, w := range enumerations[kind] {
		if w == s {
			return true
		}
	}
	return false
}
