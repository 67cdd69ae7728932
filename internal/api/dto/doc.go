// Package dto holds the messages of NiFi's REST API as Go structs, generated from api/openapi.json.
//
// Every field may be absent, so scalars are pointers: nil is left out of the JSON, as NiFi leaves out what is null,
// while an empty text, a zero or an empty list is written. Null values inside maps stay: they mean "known and unset".
// The structs hold no behavior; internal/api fills and reads them.
package dto

//go:generate go run ./gen -spec ../../../api/openapi.json -out types.go
