// Package json reads and writes records as JSON: the codec behind the
// JsonTreeReader and JsonRecordSetWriter services.
//
// The reader takes an array of objects, objects one after the other (one a line
// or not), or the objects below a named field. It turns tokens straight into
// typed values of the schema's fields; only values of CHOICE and MAP type
// go through an untyped tree. Texts stay in the input buffer.
package json
