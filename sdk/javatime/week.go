package javatime

import "time"

// Weeks are those of the United States: they begin on Sunday and week 1 is the
// one with the first day of the year or month.

// epochDay counts days from 1970-01-01.
func epochDay(year, month, day int) int64 {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// sunday is the day of the week of an epoch day, Sunday being 0.
func sunday(epoch int64) int64 { return ((epoch+4)%7 + 7) % 7 }

// weekOne is the epoch day on which week 1 of a year begins.
func weekOne(year int) int64 {
	first := epochDay(year, 1, 1)
	return first - sunday(first)
}

func weekField(f Field, year, month, day int) int64 {
	today := epochDay(year, month, day)
	if f == WeekOfMonth {
		first := epochDay(year, month, 1)
		return (today-(first-sunday(first)))/7 + 1
	}
	weekYear := year
	if today >= weekOne(year+1) {
		weekYear++
	}
	if f == WeekBasedYear {
		return int64(weekYear)
	}
	return (today-weekOne(weekYear))/7 + 1
}
