package components_test

const (
	noReferences = "the strategy that it belongs to is not among the allowed values of this component in NiFi either"
	noSQL        = "SQL is no allowed value of Statement Type in NiFi either: it comes from the FlowFile only"
	bySetting    = "NiFi lists what there is with the defaults; this is there with other settings, as in NiFi"
	noWriter     = "no pure Go writer of this format is linked in; a flow that asks for it is invalid and says so"
	aNumber      = "a whole number, not a list of them"
)

// deliberate lists what is not as in NiFi, with the reason.
var deliberate = map[string]string{
	`AvroRecordSetWriter: no property "Schema Reference Reader"`:                                                                                     noReferences,
	`AvroRecordSetWriter: no property "Schema Registry" dependency "Schema Access Strategy = schema-name, schema-reference-reader"`:                  noReferences,
	`AvroRecordSetWriter: one more property "Schema Registry" dependency "Schema Access Strategy = schema-name"`:                                     noReferences,
	`XMLRecordSetWriter: no property "Schema Reference Reader"`:                                                                                      noReferences,
	`XMLRecordSetWriter: no property "Schema Registry" dependency "Schema Access Strategy = schema-name, schema-reference-reader"`:                   noReferences,
	`XMLRecordSetWriter: one more property "Schema Registry" dependency "Schema Access Strategy = schema-name"`:                                      noReferences,
	`CSVRecordSetWriter: no property "Schema Reference Reader"`:                                                                                      noReferences,
	`CSVRecordSetWriter: no property "Schema Registry" dependency "Schema Access Strategy = schema-name, schema-reference-reader"`:                   noReferences,
	`CSVRecordSetWriter: one more property "Schema Registry" dependency "Schema Access Strategy = schema-name"`:                                      noReferences,
	`JsonRecordSetWriter: no property "Schema Reference Reader"`:                                                                                     noReferences,
	`JsonRecordSetWriter: no property "Schema Registry" dependency "Schema Access Strategy = schema-name, schema-reference-reader"`:                  noReferences,
	`JsonRecordSetWriter: one more property "Schema Registry" dependency "Schema Access Strategy = schema-name"`:                                     noReferences,
	`ValidateRecord: no property "Schema Registry" dependency "Schema Access Strategy = schema-name, schema-reference-reader"`:                       noReferences,
	`ValidateRecord: one more property "Schema Registry" dependency "Schema Access Strategy = schema-name"`:                                          noReferences,
	`JsonRecordSetWriter: no property "Compression Format" value "bzip2 = bzip2"`:                                                                    noWriter,
	`JsonRecordSetWriter: no property "Compression Format" value "snappy = snappy"`:                                                                  noWriter,
	`JsonRecordSetWriter: no property "Compression Format" value "xz-lzma2 = xz-lzma2"`:                                                              noWriter,
	`JsonRecordSetWriter: no property "Compression Level" value "0 = 0"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "1 = 1"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "2 = 2"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "3 = 3"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "4 = 4"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "5 = 5"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "6 = 6"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "7 = 7"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "8 = 8"`:                                                                             aNumber,
	`JsonRecordSetWriter: no property "Compression Level" value "9 = 9"`:                                                                             aNumber,
	`LookupRecord: one more relationship "matched"`:                                                                                                  bySetting,
	`LookupRecord: one more relationship "unmatched"`:                                                                                                bySetting,
	`RouteOnAttribute: one more relationship "matched"`:                                                                                              bySetting,
	`UpdateAttribute: one more relationship "set state fail"`:                                                                                        bySetting,
	`PutDatabaseRecord: no property "Delete Keys" dependency "Statement Type = DELETE, SQL, Use Record Path, Use statement.type Attribute"`:          noSQL,
	`PutDatabaseRecord: one more property "Delete Keys" dependency "Statement Type = DELETE, Use Record Path, Use statement.type Attribute"`:         noSQL,
	`PutDatabaseRecord: no property "Update Keys" dependency "Statement Type = SQL, UPDATE, UPSERT, Use Record Path, Use statement.type Attribute"`:  noSQL,
	`PutDatabaseRecord: one more property "Update Keys" dependency "Statement Type = UPDATE, UPSERT, Use Record Path, Use statement.type Attribute"`: noSQL,
	`PutDatabaseRecord: property "Database Dialect Service" required: false, NiFi true`:                                                              "the dialect is known from the connection; the service is not used",
}
