// Package schemaregistry holds the controller services that know the schemas of
// records by name or number, and those that read and write references to them.
package schemaregistry

import "github.com/braidflow/braid/sdk"

// Components are the services of this package.
var Components = []sdk.Component{
	AvroSchemaRegistry, ConfluentEncodedSchemaReferenceReader, ConfluentEncodedSchemaReferenceWriter, ConfluentSchemaRegistry,
}
