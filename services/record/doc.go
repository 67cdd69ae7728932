// Package record holds the controller services that read and write records.
package record
