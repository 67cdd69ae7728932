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
	// midnight and noon are moments, the others begin at 0, 12, 18 and 21 hours.
	DayPeriod: {
		short:  list("midnight,noon,in the morning,in the afternoon,in the evening,at night"),
		full:   list("midnight,noon,in the morning,in the afternoon,in the evening,at night"),
		narrow: list("mi,n,in the morning,in the afternoon,in the evening,at night"),
	},
}

// periodBounds are the first minute of the day of each period and the one after
// its last.
var periodBounds = [...][2]int64{{0, 1}, {720, 721}, {0, 720}, {720, 1080}, {1080, 1260}, {1260, 1440}}

// periodMiddle is the minute of the day in the middle of each period.
var periodMiddle = [...]int64{0, 720, 360, 900, 1170, 1350}

// dayPeriod is the first period that a time of day lies in.
func dayPeriod(hour, minute int) int64 {
	for i := range periodBounds {
		if inPeriod(int64(i), int64(hour*60+minute)) {
			return int64(i)
		}
	}
	return 0
}

func inPeriod(period, minute int64) bool {
	b := periodBounds[period]
	return minute >= b[0] && minute < b[1]
}
