package el_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/braidflow/braid/internal/el"
)

// TestCases runs what NiFi's own library answered (testdata/el-cases.tsv)
// through the line protocol and wants the same result or kind of error.
func TestCases(t *testing.T) {
	text, err := os.ReadFile("testdata/el-cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var in, out bytes.Buffer
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		rows = append(rows, row)
		in.WriteString(`{"expression":` + row[2] + `,"attributes":` + row[3] + `,"state":` + row[5] + "}\n")
	}
	if err := el.EvalLines(&in, &out); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(&out)
	answers.Buffer(nil, 1<<20)
	for _, row := range rows {
		if !answers.Scan() {
			t.Fatalf("no answer for %s", row[0])
		}
		var want, got struct{ Result, Error, Message string }
		if err := json.Unmarshal([]byte(row[4]), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(answers.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Result != want.Result || got.Error != want.Error {
			t.Errorf("%s %s %s with %s\n got %+v\nwant %s", row[0], row[1], row[2], row[3], got, row[4])
		}
	}
	if len(rows) < 1000 {
		t.Fatalf("only %d cases", len(rows))
	}
}
