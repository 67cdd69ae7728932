// Package record holds the controller services that read and write records:
// readers and writers of
// Avro, CSV, JSON, Parquet, syslog, XML and YAML, of logs by Grok expressions and of free text. The formats themselves are in its
// sub-packages; the services add NiFi's properties, schemas, character sets and compression.
package record

import "github.com/braidflow/braid/sdk"

// Components are the services of this package.
var Components = []sdk.Component{
	AvroReader, AvroRecordSetWriter, CSVReader, CSVRecordSetWriter, FreeFormTextRecordSetWriter, GrokReader, JsonPathReader,
	JsonRecordSetWriter, JsonTreeReader, ParquetReader, ParquetRecordSetWriter, ReaderLookup, RecordSetWriterLookup,
	Syslog5424Reader, SyslogReader,
	XMLReader, XMLRecordSetWriter, YamlTreeReader,
}

const artifact = "nifi-record-serialization-services-nar"
