package jolt_test

import (
	"strings"
	"testing"

	"github.com/braidflow/braid/sdk/jolt"
	"github.com/braidflow/braid/sdk/jsonpath"
)

func value(t testing.TB, text string) any {
	t.Helper()
	v, err := jsonpath.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

const rating = `{"rating":{"primary":{"value":3,"max":5},"quality":{"value":4,"max":7}},"id":"x"}`

func TestTransform(t *testing.T) {
	for name, tt := range map[string]struct{ op, spec, in, want string }{
		"shift names":        {"shift", `{"rating":{"primary":{"value":"Rating","max":"Range"},"*":{"value":"Second.&1.Value","max":"Second.&1.Range","$":"Second.&1.Id"}}}`, rating, `{"Rating":3,"Range":5,"Second":{"quality":{"Id":"quality","Value":4,"Range":7}}}`},
		"shift all":          {"shift", `{"*":"&"}`, `{"a":1,"b":null,"c":[1]}`, `{"a":1,"b":null,"c":[1]}`},
		"shift parts":        {"shift", `{"tag-*-*":"t.&(0,2).&(0,1)"}`, `{"tag-a-b":1,"tag-x":2}`, `{"t":{"b":{"a":1}}}`},
		"shift list of keys": {"shift", `{"rating":{"*":{"$":"ratings"}}}`, rating, `{"ratings":["primary","quality"]}`},
		"one key, no list":   {"shift", `{"rating":{"p*":{"$":"ratings"}}}`, rating, `{"ratings":"primary"}`},
		"forced list":        {"shift", `{"id":"ids[]"}`, rating, `{"ids":["x"]}`},
		"fixed index":        {"shift", `{"id":"ids[2]"}`, rating, `{"ids":[null,null,"x"]}`},
		"array elements":     {"shift", `{"photos":{"*":{"url":"p[&1].u","n":"p[&1].n"}}}`, `{"photos":[{"url":"a","n":1},{"url":"b"}]}`, `{"p":[{"u":"a","n":1},{"u":"b"}]}`},
		"map to array":       {"shift", `{"rating":{"*":{"$":"r[#2].name","value":"r[#2].value"}}}`, rating, `{"r":[{"name":"primary","value":3},{"name":"quality","value":4}]}`},
		"top-level array":    {"shift", `{"*":{"a":"[&1].b"}}`, `[{"a":1},{"a":2}]`, `[{"b":1},{"b":2}]`},
		"at":                 {"shift", `{"id":{"@":"value","$":"key","#const":"c"}}`, rating, `{"value":"x","key":"id","c":"const"}`},
		"lookup":             {"shift", `{"list":{"*":{"v":"out.@(1,k)"}}}`, `{"list":[{"k":"a","v":1},{"k":"b","v":2}]}`, `{"out":{"a":1,"b":2}}`},
		"lookup left":        {"shift", `{"list":{"*":{"@(1,x)":"no","@(2,id)":"ids[]"}}}`, `{"list":[{},{}],"id":7}`, `{"ids":[7,7]}`},
		"value as key":       {"shift", `{"hidden":{"true":{"#off":"state"},"false":{"@(2,id)":"state"}}}`, `{"hidden":true,"id":1}`, `{"state":"off"}`},
		"other value":        {"shift", `{"hidden":{"true":{"#off":"state"},"false":{"@(2,id)":"state"}}}`, `{"hidden":false,"id":1}`, `{"state":1}`},
		"or":                 {"shift", `{"a|b":"c"}`, `{"b":1,"a":2}`, `{"c":[2,1]}`},
		"into itself":        {"shift", `{"a":["b","b","b[0].c"]}`, `{"a":[{"x":1}]}`, `{"b":[{"x":1,"c":[{"x":1}]},[{"x":1}]]}`},
		"two places":         {"shift", `{"a":["x","y.z"]}`, `{"a":1}`, `{"x":1,"y":{"z":1}}`},
		"literal wins":       {"shift", `{"a":"lit","a*":"some","*":"rest.&"}`, `{"a":1,"ab":2,"c":3}`, `{"lit":1,"some":2,"rest":{"c":3}}`},
		"null drops":         {"shift", `{"a":null,"*":"&"}`, `{"a":1,"b":2}`, `{"b":2}`},
		"escaped":            {"shift", `{"\\@type":"a\\.b","c\\*":"d"}`, `{"@type":1,"c*":2,"cx":3}`, `{"a.b":1,"d":2}`},
		"whole":              {"shift", `{"@":"all"}`, `{"a":1}`, `{"all":{"a":1}}`},
		"nothing":            {"shift", `{"zzz":"a"}`, `{"a":1}`, `null`},
		"to the root":        {"shift", `{"a":""}`, `{"a":{"b":1}}`, `{"b":1}`},

		"default":          {"default", `{"a":1,"b":{"c":2,"d":null},"*":{"e":3}}`, `{"a":null,"b":{"c":7},"x":{}}`, `{"a":1,"b":{"c":7,"d":null,"e":3},"x":{"e":3}}`},
		"default or":       {"default", `{"a|b":{"v":1},"c|d":5}`, `{"b":{},"c":null}`, `{"b":{"v":1},"c":5}`},
		"default array":    {"default", `{"l[]":{"0":"x","2":{"y":1},"*":"z"}}`, `{"l":["a"]}`, `{"l":["a","z",{"y":1}]}`},
		"default of array": {"default", `{"*":{"x":1}}`, `[{"a":1},{"x":2}]`, `[{"a":1,"x":1},{"x":2}]`},

		"remove":       {"remove", `{"a":"","b":{"c|d":"","*-x":""},"l":{"0":"","*":{"z":""}}}`, `{"a":1,"b":{"c":1,"d":2,"q-x":3,"e":4},"l":[1,{"z":1,"y":2}]}`, `{"b":{"e":4},"l":[{"y":2}]}`},
		"remove all":   {"remove", `{"l":{"*":""},"*":{"x":""}}`, `{"l":[1,2],"m":{"x":1,"y":2}}`, `{"l":[],"m":{"y":2}}`},
		"sort":         {"sort", `null`, `{"b":{"z":1,"a":[{"d":1,"c":2}]},"~x":0,"a":1}`, `{"~x":0,"a":1,"b":{"a":[{"c":2,"d":1}],"z":1}}`},
		"cardinality":  {"cardinality", `{"a":"ONE","b":"MANY","c":{"@":"MANY","*":{"d":"ONE"}},"e*":"ONE","n":"MANY"}`, `{"a":[1,2],"b":3,"c":{"d":[4,5]},"ef":[],"n":null}`, `{"a":1,"b":[3],"c":[{"d":4}],"ef":null,"n":[]}`},
		"one stays":    {"cardinality", `{"a":"ONE","b":"MANY"}`, `{"a":1,"b":[2]}`, `{"a":1,"b":[2]}`},
		"define":       {"modify-define-beta", `{"a":1,"b":2,"c":3}`, `{"a":0,"b":null}`, `{"a":0,"b":null,"c":3}`},
		"modify miss":  {"modify-default-beta", `{"a":1,"b":2,"c":{"d":"x"}}`, `{"a":0,"b":null}`, `{"a":0,"b":2,"c":{"d":"x"}}`},
		"overwrite":    {"modify-overwrite-beta", `{"a":"new","~b":1,"_c":2,"d?":3,"e?":4}`, `{"a":0,"b":5,"c":null,"d":9}`, `{"a":"new","b":5,"c":null,"d":3}`},
		"functions":    {"modify-overwrite-beta", `{"a":"=toUpper(@(1,n))","b":"=concat(@(1,n),'-',@(1,i))","c":"=intSum(@(1,l))","d":"=size(@(1,l))","e":"=toInteger('7')","f":"=join(',',@(1,l))","g":"=split('-',@(1,s))"}`, `{"n":"ann","i":3,"l":[1,2,3],"s":"x-y"}`, `{"n":"ann","i":3,"l":[1,2,3],"s":"x-y","a":"ANN","b":"ann-3","c":6,"d":3,"e":7,"f":"1,2,3","g":["x","y"]}`},
		"math":         {"modify-overwrite-beta", `{"a":"=max(@(1,l))","b":"=min(@(1,l))","c":"=avg(@(1,l))","d":"=abs(-5)","e":"=divide(7,2)","f":"=divideAndRound(2,2,3)","g":"=doubleSum(1,'2.5')","h":"=intSubtract(5,3)"}`, `{"l":[3,"1.5",2]}`, `{"l":[3,"1.5",2],"a":3,"b":1.5,"c":2.1666666666666665,"d":5,"e":3.5,"f":0.67,"g":3.5,"h":2}`},
		"lists":        {"modify-overwrite-beta", `{"a":"=firstElement(@(1,l))","b":"=lastElement(@(1,l))","c":"=elementAt(1,@(1,l))","d":"=sort(@(1,l))","e":"=toList(@(1,x))","f":"=squashNulls(@(1,n))"}`, `{"l":[3,1,2],"x":1,"n":[null,1]}`, `{"l":[3,1,2],"x":1,"n":[1],"a":3,"b":2,"c":1,"d":[1,2,3],"e":[1],"f":[1]}`},
		"texts":        {"modify-overwrite-beta", `{"a":"=substring(@(1,s),1,3)","b":"=leftPad(@(1,s),6,'0')","c":"=trim","d":"=toBoolean(@(1,t))","e":"=toString(@(1,o))"}`, `{"s":"abcd","c":" x ","t":"TRUE","o":{"k":[1,null]}}`, `{"s":"abcd","c":"x","t":"TRUE","o":{"k":[1,null]},"a":"bc","b":"00abcd","d":true,"e":"{k=[1, null]}"}`},
		"choices":      {"modify-overwrite-beta", `{"a":["=toInteger","none"],"b":["=notNull(@(1,x))","=isPresent(@(1,y))",5]}`, `{"a":"q","y":2}`, `{"a":"none","y":2,"b":2}`},
		"indexes":      {"modify-overwrite-beta", `{"l":{"[0]":"a","[2]":"c"},"*":{"*":"=toUpper"}}`, `{"l":["x"],"m":{"k":"v"}}`, `{"l":["A",null,"C"],"m":{"k":"V"}}`},
		"every":        {"modify-overwrite-beta", `{"l":{"*":{"sum":"=intSum(@(1,a),@(1,b))"}}}`, `{"l":[{"a":1,"b":2},{"a":3,"b":4}]}`, `{"l":[{"a":1,"b":2,"sum":3},{"a":3,"b":4,"sum":7}]}`},
		"wrong kind":   {"modify-overwrite-beta", `{"a":{"b":1}}`, `{"a":5}`, `{"a":5}`},
		"no such path": {"modify-overwrite-beta", `{"a":"@(1,nothing)","b":"@(1,x.y)"}`, `{"x":{"y":1}}`, `{"x":{"y":1},"b":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := jolt.Compile(tt.op, value(t, tt.spec))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a transform keeps nothing
				got, err := tr.Apply(value(t, tt.in))
				if err != nil {
					t.Fatal(err)
				}
				if text := jsonpath.Format(got); text != tt.want {
					t.Errorf("%s over %s\ngot  %s\nwant %s", tt.spec, tt.in, text, tt.want)
				}
			}
		})
	}
}

func TestChain(t *testing.T) {
	tr, err := jolt.CompileChain(value(t, `[{"operation":"shift","spec":{"a":"b"}},{"operation":"default","spec":{"c":1}},{"operation":"sort"}]`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tr.Apply(value(t, `{"a":{"z":1,"y":2}}`))
	if want := `{"b":{"y":2,"z":1},"c":1}`; err != nil || jsonpath.Format(got) != want {
		t.Errorf("got %s, %v, want %s", jsonpath.Format(got), err, want)
	}
}

func TestErrors(t *testing.T) {
	for spec, want := range map[string]string{
		`[]`:                                     "empty",
		`1`:                                      "list of operations",
		`[1]`:                                    "no object",
		`[{"spec":{}}]`:                          "no operation",
		`[{"operation":"nope","spec":{}}]`:       `no operation "nope"`,
		`[{"operation":"shift","spec":[]}]`:      "must be an object",
		`[{"operation":"shift","spec":{}}]`:      "nothing below",
		`[{"operation":"shift","spec":{"a":1}}]`: "must have keys",
		`[{"operation":"shift","spec":{"a*&":"b"}}]`:                           "both * and &",
		`[{"operation":"shift","spec":{"a":"b[x]"}}]`:                          "no number",
		`[{"operation":"shift","spec":{"a":"*"}}]`:                             "cannot have",
		`[{"operation":"shift","spec":{"$(a":"b"}}]`:                           "reference",
		`[{"operation":"remove","spec":{"a":"x"}}]`:                            "empty text",
		`[{"operation":"cardinality","spec":{"a":"SOME"}}]`:                    "ONE or MANY",
		`[{"operation":"modify-overwrite-beta","spec":{"a":"=nope(1)"}}]`:      "no function",
		`[{"operation":"modify-overwrite-beta","spec":{"&1":"x"}}]`:            "not \"&1\"",
		`[{"operation":"modify-overwrite-beta","spec":{"a":{"b":1,"[0]":2}}}]`: "both names and indexes",
	} {
		if _, err := jolt.CompileChain(value(t, spec)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}

func FuzzChain(f *testing.F) {
	f.Add(`[{"operation":"shift","spec":{"rating":{"*":{"value":"a.&1[#2].@(1,x)","$":"k"}},"tag-*-*":"t.&(0,2)[]"}}]`, rating)
	f.Add(`[{"operation":"modify-overwrite-beta","spec":{"a":"=concat(@(1,id),'x')","l":{"[2]":"=size"}}},{"operation":"sort"}]`, `{"l":[1]}`)
	f.Add(`[{"operation":"default","spec":{"l[]":{"0":1,"*":{"a":2}}}},{"operation":"remove","spec":{"l":{"0":""}}},{"operation":"cardinality","spec":{"l":"ONE"}}]`, `{"l":[1]}`)
	f.Fuzz(func(t *testing.T, spec, doc string) {
		s, err := jsonpath.Parse(spec)
		if err != nil {
			return
		}
		tr, err := jolt.CompileChain(s)
		if err != nil {
			return
		}
		d, err := jsonpath.Parse(doc)
		if err != nil || strings.Count(spec, "0") > 5 { // arrays of a million elements take long
			return
		}
		if got, err := tr.Apply(d); err == nil {
			_ = jsonpath.Format(got)
		}
	})
}
