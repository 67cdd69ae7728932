package sql

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"time"
)

// dialTime is how long opening a connection may take.
const dialTime = 10 * time.Second

var errBusy = errors.New("raise Max Total Connections or Max Wait Time")

// lost tells whether err is about the way to the database rather than about what it was asked.
func lost(err error) bool {
	var n net.Error
	return errors.Is(err, errBusy) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &n)
}
