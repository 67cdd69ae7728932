package sql

import (
	"fmt"
	"strings"
	"time"

	"github.com/braidflow/braid/sdk"
	"github.com/braidflow/braid/sdk/javaregex"
	"github.com/braidflow/braid/sdk/record"
	"github.com/braidflow/braid/sdk/recordpath"
	"github.com/braidflow/braid/services/dbcp"
)

// PutDatabaseRecord writes the records of a FlowFile into a table.
var PutDatabaseRecord = sdk.Component{
	Type:     "org.apache.nifi.processors.standard.PutDatabaseRecord",
	Artifact: "nifi-standard-nar",
	New:      func() sdk.Processor { return new(putDatabaseRecord) },
}

const (
	fromAttribute = "Use statement.type Attribute"
	fromPath      = "Use Record Path"
	typeAttribute = "statement.type"
	errAttribute  = "putdatabaserecord.error"

	ignoreFields  = "Ignore Unmatched Fields"
	failFields    = "Fail on Unmatched Fields"
	ignoreColumns = "Ignore Unmatched Columns"
	warnColumns   = "Warn on Unmatched Columns"
	failColumns   = "Fail on Unmatched Columns"

	dialectFromService = "Database Dialect Service"
)

type putDatabaseRecord struct {
	reader             record.ReaderFactory
	databaseType       string
	dialects           dialectService
	statementType      string
	typePath, dataPath *recordpath.Path
	before, after      sdk.Text
	pool               dbcp.Pool

	catalog, schema, table sdk.Text
	binary                 sdk.Text
	translate              bool
	translation            translation
	pattern                *javaregex.Regexp
	onField, onColumn      string

	updateKeys, deleteKeys, sqlField sdk.Text
	multiple                         bool
	quoteColumns, quoteTable         bool
	timeout                          time.Duration
	rollback, autoCommit             bool
	cacheSize                        int
	batch                            sdk.Text

	success, retry, failure sdk.Relationship

	tables *tables
}

// dialectService is what a DatabaseDialectService would offer.
type dialectService interface{ DatabaseDialect() }

func (p *putDatabaseRecord) Describe(s *sdk.Spec) {
	s.About("Writes the records of a FlowFile into a table of a database: inserts, updates, upserts or deletes rows, or "+
		"runs SQL that the records hold. All records of a FlowFile take effect, or none.",
		"sql", "record", "jdbc", "put", "database", "update", "insert", "delete")
	s.Details("Names of tables and columns are taken from the database and quoted; values are bound as parameters. " +
		"A table that does not exist yet can be made by a Pre-Processing SQL such as `CREATE TABLE IF NOT EXISTS ...`.")
	s.InputRequired()
	s.ReadsAttr(typeAttribute, "What to do with the records, if Statement Type is '"+fromAttribute+"'.")
	s.WritesAttr(errAttribute, "Why the FlowFile was routed to failure or retry.")
	sdk.Service(s, &p.reader, "org.apache.nifi.serialization.RecordReaderFactory", "Record Reader", "How to read the content.", sdk.Required)
	s.String(&p.databaseType, "Database Type", "Kept for compatibility and not used: the connection knows its database.",
		sdk.Required, sdk.Default("Generic"), databaseTypes)
	sdk.Service(s, &p.dialects, "org.apache.nifi.database.dialect.service.api.DatabaseDialectService", dialectFromService,
		"Kept for compatibility and not used.", sdk.When("Database Type", dialectFromService))
	s.String(&p.statementType, "Statement Type", "What to do with the records. '"+fromAttribute+"' takes it from the FlowFile and "+
		"allows SQL besides: each record holds statements to run.", sdk.Required,
		sdk.OneOf(values(string(update), string(insert), string(upsert), string(insertIgnore), string(remove), fromAttribute, fromPath)...))
	sdk.Parsed(s, &p.typePath, recordpath.Compile, "Statement Type Record Path", "Where each record says what to do with it: "+
		"INSERT, UPDATE, UPSERT or DELETE, or c, r, u, d as Debezium writes.", sdk.Required, sdk.When("Statement Type", fromPath))
	sdk.Parsed(s, &p.dataPath, recordpath.Compile, "Data Record Path", "Where in each record the records lie that are written; without it, the record itself is.")
	s.Text(&p.before, "Pre-Processing SQL", "Statements to run before the records, in the same transaction, separated by semicolons; "+
		`a semicolon within one is written \;.`, sdk.PerFlowFile)
	s.Text(&p.after, "Post-Processing SQL", "Statements to run after the records, in the same transaction, written as those before.", sdk.PerFlowFile)
	sdk.Service(s, &p.pool, dbcp.PoolType, "Database Connection Pooling Service", "Where to get a connection.", sdk.Required)
	p.describeTable(s)
	p.describeStatements(s)
	s.Rel(&p.success, "success", "FlowFiles whose records were all written.")
	s.Rel(&p.retry, "retry", "FlowFiles whose records were not written, for a reason that may pass: no connection, a deadlock, a lock held too long.")
	s.Rel(&p.failure, "failure", "FlowFiles whose records were not written and will not be by trying again.")
}

func (p *putDatabaseRecord) describeTable(s *sdk.Spec) {
	s.Text(&p.catalog, "Database Name", "The database (catalog) of the table, where it is not the connection's own.", sdk.PerFlowFile)
	s.Text(&p.schema, "Schema Name", "The schema of the table, where it is not on the search path.", sdk.PerFlowFile)
	s.Text(&p.table, "Table Name", "The table. Upper and lower case matter only to tell tables apart.", sdk.Required, sdk.PerFlowFile)
	s.Text(&p.binary, "Binary String Format", "How text stands for bytes that go into a binary column.", sdk.Required, sdk.PerFlowFile,
		sdk.Default(string(binaryUTF8)), sdk.OneOf(values(string(binaryUTF8), string(binaryHex), string(binaryBase64))...))
	s.Bool(&p.translate, "Translate Field Names", "Whether a field finds its column even if their names differ in case or as said by the strategy.",
		sdk.Default("true"))
	sdk.Parsed(s, &p.translation, func(v string) (translation, error) { return translation(v), nil }, "Column Name Translation Strategy",
		"What to leave out of names before they are compared.", sdk.Required, sdk.Default(string(removeUnderscore)),
		sdk.When("Translate Field Names", "true"), translations)
	sdk.Parsed(s, &p.pattern, parsePattern, "Column Name Translation Pattern", "A regular expression for what to leave out.",
		sdk.Required, sdk.When("Column Name Translation Strategy", string(removePattern)))
	s.String(&p.onField, "Unmatched Field Behavior", "What to do with a field that has no column.", sdk.Default(ignoreFields),
		sdk.OneOf(sdk.Allowed{Value: ignoreFields, Doc: "Leave it out."}, sdk.Allowed{Value: failFields, Doc: "Route the FlowFile to failure."}))
	s.String(&p.onColumn, "Unmatched Column Behavior", "What to do if a required column or a key has no field.", sdk.Default(failColumns),
		sdk.OneOf(sdk.Allowed{Value: ignoreColumns, Doc: "Leave it to the database."},
			sdk.Allowed{Value: warnColumns, Doc: "Leave it to the database and log a warning."},
			sdk.Allowed{Value: failColumns, Doc: "Route the FlowFile to failure."}))
}

func (p *putDatabaseRecord) describeStatements(s *sdk.Spec) {
	s.Text(&p.updateKeys, "Update Keys", "The columns that identify a row for UPDATE and UPSERT, separated by commas; without them, the primary key.",
		sdk.PerFlowFile, sdk.When("Statement Type", string(update), string(upsert), fromAttribute, fromPath))
	s.Text(&p.deleteKeys, "Delete Keys", "The columns that identify a row for DELETE, separated by commas; without them, all fields.",
		sdk.PerFlowFile, sdk.When("Statement Type", string(remove), fromAttribute, fromPath))
	s.Text(&p.sqlField, "Field Containing SQL", "The field that holds the SQL, for statement type SQL.",
		sdk.PerFlowFile, sdk.When("Statement Type", fromAttribute, fromPath))
	s.Bool(&p.multiple, "Allow Multiple SQL Statements", `Whether that field may hold several statements, separated by semicolons; a semicolon within one is written \;.`,
		sdk.Required, sdk.Default("false"), sdk.When("Statement Type", fromAttribute, fromPath))
	s.Bool(&p.quoteColumns, "Quote Column Identifiers", "Kept for compatibility and not used: names are always quoted as they stand in the database.",
		sdk.Default("false"))
	s.Bool(&p.quoteTable, "Quote Table Identifiers", "Kept for compatibility and not used: names are always quoted as they stand in the database.",
		sdk.Default("false"))
	s.Duration(&p.timeout, "Max Wait Time", "How long a statement may take; 0 without limit.", sdk.Required, sdk.Default("0 seconds"), sdk.FromEnv)
	s.Bool(&p.rollback, "Rollback On Failure", "Whether a FlowFile that cannot be written stays in its queue, penalized, so that those behind it wait.",
		sdk.Required, sdk.Default("false"))
	s.Int(&p.cacheSize, "Table Schema Cache Size", "How many tables to remember the columns of. A failure forgets those of its table.",
		sdk.Required, sdk.Default("100"))
	s.Text(&p.batch, "Maximum Batch Size", "How many rows to send at once, at most; 0 leaves it to the processor.", sdk.PerFlowFile, sdk.Default("1000"))
	s.Bool(&p.autoCommit, "Database Session AutoCommit", "Whether each statement is a transaction of its own instead of all of a FlowFile being one.",
		sdk.Default("false"))
}

var databaseTypes = sdk.OneOf(values(dialectFromService, "Generic", "Oracle", "Oracle 12+", "MS SQL 2012+", "MS SQL 2008", "MySQL", "PostgreSQL", "Phoenix")...)

var translations = sdk.OneOf(
	sdk.Allowed{Value: string(removeUnderscore), Display: "Remove Underscore", Doc: "Pics_1_23 becomes PICS123."},
	sdk.Allowed{Value: string(removeSpace), Display: "Remove Space", Doc: "User Name becomes USERNAME."},
	sdk.Allowed{Value: string(removeUnderscoreAndSpace), Display: "Remove Underscores and Spaces", Doc: "User_1 Name becomes USER1NAME."},
	sdk.Allowed{Value: string(removeSpecial), Display: "Remove Regular Expression Characters", Doc: "total(estimated) becomes TOTALESTIMATED: only letters and digits stay."},
	sdk.Allowed{Value: string(removePattern), Display: "Regular Expression", Doc: "What matches the pattern is left out."},
)

func values(list ...string) []sdk.Allowed {
	var out []sdk.Allowed
	for _, v := range list {
		out = append(out, sdk.Allowed{Value: v})
	}
	return out
}

// MigrateProperties accepts the names of NiFi 1.x.
func (p *putDatabaseRecord) MigrateProperties(v map[string]string) {
	for _, r := range [][2]string{
		{"put-db-record-record-reader", "Record Reader"},
		{"db-type", "Database Type"},
		{"put-db-record-statement-type", "Statement Type"},
		{"put-db-record-dcbp-service", "Database Connection Pooling Service"},
		{"put-db-record-catalog-name", "Database Name"},
		{"put-db-record-schema-name", "Schema Name"},
		{"put-db-record-table-name", "Table Name"},
		{"put-db-record-binary-format", "Binary String Format"},
		{"put-db-record-translate-field-names", "Translate Field Names"},
		{"put-db-record-unmatched-field-behavior", "Unmatched Field Behavior"},
		{"put-db-record-unmatched-column-behavior", "Unmatched Column Behavior"},
		{"put-db-record-update-keys", "Update Keys"},
		{"put-db-record-field-containing-sql", "Field Containing SQL"},
		{"put-db-record-allow-multiple-statements", "Allow Multiple SQL Statements"},
		{"put-db-record-quoted-identifiers", "Quote Column Identifiers"},
		{"put-db-record-quoted-table-identifiers", "Quote Table Identifiers"},
		{"put-db-record-query-timeout", "Max Wait Time"},
		{"table-schema-cache-size", "Table Schema Cache Size"},
		{"put-db-record-max-batch-size", "Maximum Batch Size"},
		{"database-session-autocommit", "Database Session AutoCommit"},
		{"rollback-on-failure", "Rollback On Failure"},
	} {
		sdk.Rename(v, r[0], r[1])
	}
}

// Validate refuses what NiFi refuses: with each statement on its own, nothing can be taken back.
func (p *putDatabaseRecord) Validate() []error {
	var problems []error
	if p.autoCommit && p.rollback {
		problems = append(problems, sdk.Problem{Property: "Rollback On Failure", Reason: "it cannot be true while Database Session AutoCommit is true"})
	}
	if p.autoCommit && p.batch.Raw() != "0" {
		problems = append(problems, sdk.Problem{Property: "Maximum Batch Size", Value: p.batch.Raw(), Reason: "it must be 0 while Database Session AutoCommit is true"})
	}
	return problems
}

// settings are the properties as evaluated for one FlowFile.
type settings struct {
	statementType          string // "" = by record path
	table                  tableName
	updateKeys, deleteKeys []string
	sqlField               string
	binary                 binary
	batch                  int
	before, after          []string
}

// mayDefine tells whether statements of the user's are run, which may create tables.
func (s *settings) mayDefine() bool {
	return len(s.before)+len(s.after) > 0 || strings.EqualFold(s.statementType, string(rawSQL))
}

func (p *putDatabaseRecord) evaluate(ff sdk.FlowFile) (settings, error) {
	var set settings
	var updateKeys, deleteKeys, how, before, after string
	for _, t := range []struct {
		text sdk.Text
		dst  *string
	}{
		{p.catalog, &set.table.catalog},
		{p.schema, &set.table.schema},
		{p.table, &set.table.name},
		{p.updateKeys, &updateKeys},
		{p.deleteKeys, &deleteKeys},
		{p.sqlField, &set.sqlField},
		{p.binary, &how},
		{p.before, &before},
		{p.after, &after},
	} {
		v, err := t.text.For(ff)
		if err != nil {
			return set, err
		}
		*t.dst = v
	}
	set.updateKeys, set.deleteKeys, set.binary = splitList(updateKeys), splitList(deleteKeys), binary(how)
	set.before, set.after = splitStatements(before), splitStatements(after)
	if p.batch.IsSet() {
		n, err := p.batch.Int(ff)
		if err != nil || n < 0 {
			return set, fmt.Errorf("Maximum Batch Size %s is no whole number from 0: %w", p.batch.Raw(), err) //nolint:staticcheck // a property's name
		}
		set.batch = int(n)
	}
	set.statementType = p.statementType
	switch p.statementType {
	case fromPath:
		set.statementType = ""
	case fromAttribute:
		set.statementType = ff.Attr(typeAttribute)
		if set.statementType == "" {
			return set, fmt.Errorf("the FlowFile has no attribute %s: set it to INSERT, UPDATE, UPSERT, INSERT_IGNORE, DELETE or SQL", typeAttribute)
		}
	}
	return set, nil
}
