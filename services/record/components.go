// Package record holds the controller services that read and write records:
// readers and writers of Avro, CSV, JSON, Parquet and XML. The formats themselves are in its
// sub-packages; the services add NiFi's properties, schemas, character sets and compression.
package record

import "github.com/braidflow/braid/sdk"

// Components are the services of this package.
var Components = []sdk.Component{
	AvroReader, AvroRecordSetWriter, CSVReader, CSVRecordSetWriter, JsonRecordSetWriter, JsonTreeReader,
	ParquetReader, ParquetRecordSetWriter,
	XMLReader, XMLRecordSetWriter,
}

const artifact = "nifi-record-serialization-services-nar"
