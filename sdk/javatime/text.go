package javatime

import "strings"

// names of a field's values by style, in English.
type names struct {
	short, full, narrow []string
	first               int64 // the value of the first name
}

func (n *names) style(s style) []string {
	switch s {
	case full:
		return n.full
	case narrow:
		return n.narrow
	}
	return n.short
}

func list(s string) []string { return strings.Split(s, ",") }

var textNames = map[Field]*names{
	MonthOfYear: {
		short:  list("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"),
		full:   list("January,February,March,April,May,June,July,August,September,October,November,December"),
		narrow: list("J,F,M,A,M,J,J,A,S,O,N,D"), first: 1,
	},
	DayOfWeek: {
		short:  list("Mon,Tue,Wed,Thu,Fri,Sat,Sun"),
		full:   list("Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"),
		narrow: list("M,T,W,T,F,S,S"), first: 1,
	},
	QuarterOfYear: {
		short:  list("Q1,Q2,Q3,Q4"),
		full:   list("1st quarter,2nd quarter,3rd quarter,4th quarter"),
		narrow: list("1,2,3,4"), first: 1,
	},
	Era:       {short: list("BC,AD"), full: list("Before Christ,Anno Domini"), narrow: list("B,A")},
	AmPmOfDay: {short: list("AM,PM"), full: list("AM,PM"), narrow: list("a,p")},
	// midnight and noon are moments, the others begin at 6, 12, 18 and 21 hours.
	DayPeriod: {
		short:  list("midnight,noon,in the morning,in the afternoon,in the evening,at night"),
		full:   list("midnight,noon,in the morning,in the afternoon,in the evening,at night"),
		narrow: list("mi,n,in the morning,in the afternoon,in the evening,at night"),
	},
}

// dayPeriod is the period that a time of day lies in.
func dayPeriod(hour, minute int) int64 {
	switch {
	case minute == 0 && hour == 0:
		return 0
	case minute == 0 && hour == 12:
		return 1
	case hour >= 6 && hour < 12:
		return 2
	case hour >= 12 && hour < 18:
		return 3
	case hour >= 18 && hour < 21:
		return 4
	}
	return 5
}

// periodMiddle is the minute of the day in the middle of each period.
var periodMiddle = [...]int64{0, 12 * 60, 9 * 60, 15 * 60, 19*60 + 30, 25*60 + 30 - 24*60}
