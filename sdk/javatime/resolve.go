package javatime

import (
	"errors"
	"fmt"
)

// resolve makes a date, a time and an instant of the fields, as Java's Parsed
// does in the SMART style.
func (f *Fields) resolve() error {
	steps := []func() error{f.resolveDate, f.resolveClock, f.resolveTime, f.crossCheck}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if f.date != nil && f.nanos != nil {
		*f.date += f.excess
		f.excess = 0
	}
	f.resolveFraction()
	if f.date != nil && f.nanos != nil {
		zone := f.zone
		if offset, ok := f.get(OffsetSeconds); ok {
			if err := check(OffsetSeconds, offset); err != nil {
				return err
			}
			zone = FixedOffset(int(offset))
		}
		if zone != nil {
			t := local(*f.date, *f.nanos, zone)
			f.instant = &t
		}
	}
	return nil
}

func (f *Fields) setDate(epoch int64) error {
	if f.date != nil && *f.date != epoch {
		return errors.New("conflict found: fields resolved to two different dates")
	}
	f.date = &epoch
	return nil
}

func (f *Fields) resolveDate() error {
	if err := f.resolveYear(); err != nil {
		return err
	}
	if n, ok := f.take(ModifiedJulianDay); ok {
		return f.setDate(n - 40587)
	}
	if n, ok := f.take(LocalDayOfWeek); ok {
		if err := check(LocalDayOfWeek, n); err != nil {
			return err
		}
		if !f.put(DayOfWeek, (n+5)%7+1) {
			return errors.New("conflict found: days of the week differ")
		}
	}
	year, hasYear := f.get(Year)
	if hasYear {
		if done, err := f.resolveInYear(int(year)); done || err != nil {
			return err
		}
	}
	return f.resolveWeek()
}

// resolveYear turns the year of an era into a year; without an era it is ours.
func (f *Fields) resolveYear() error {
	n, ok := f.take(YearOfEra)
	if !ok {
		if era, ok := f.get(Era); ok {
			return check(Era, era)
		}
		return nil
	}
	if err := check(YearOfEra, n); err != nil {
		return err
	}
	era, hasEra := f.take(Era)
	if hasEra && era == 0 || !hasEra && f.has&(1<<Year) != 0 && f.values[Year] <= 0 {
		n = 1 - n
	}
	if !f.put(Year, n) {
		return errors.New("conflict found: years differ")
	}
	return nil
}

// resolveInYear tries the ways in which a year and other fields make a date.
func (f *Fields) resolveInYear(year int) (bool, error) {
	month, hasMonth := f.get(MonthOfYear)
	day, hasDay := f.get(DayOfMonth)
	week, hasWeek := f.get(AlignedWeekOfMonth)
	weekday, hasWeekday := f.get(DayOfWeek)
	localWeek, hasLocalWeek := f.get(WeekOfMonth)
	dayOfYear, hasDayOfYear := f.get(DayOfYear)
	switch {
	case hasMonth && hasDay:
		return true, f.yearMonthDay(year, month, day)
	case hasMonth && hasWeek && hasWeekday:
		return true, f.alignedWeek(year, month, week, weekday)
	case hasDayOfYear:
		f.drop(Year, DayOfYear)
		if err := f.checkAll(Year, int64(year), DayOfYear, dayOfYear); err != nil {
			return true, err
		}
		if dayOfYear == 366 && monthLength(year, 2) == 28 {
			return true, errors.New("day 366 of a year that is not a leap year")
		}
		return true, f.setDate(epochDay(year, 1, 1) + dayOfYear - 1)
	case hasMonth && hasLocalWeek && hasWeekday:
		return true, f.weekOfMonth(year, month, localWeek, weekday)
	}
	return false, nil
}

func (f *Fields) drop(fields ...Field) {
	for _, field := range fields {
		f.take(field)
	}
}

// checkAll checks pairs of a field and its value.
func (f *Fields) checkAll(a Field, n int64, b Field, m int64) error {
	if err := check(a, n); err != nil {
		return err
	}
	return check(b, m)
}

// yearMonthDay takes the last day of a month where the day is beyond it, but
// not beyond 31.
func (f *Fields) yearMonthDay(year int, month, day int64) error {
	f.drop(Year, MonthOfYear, DayOfMonth)
	if err := check(Year, int64(year)); err != nil {
		return err
	}
	if err := f.checkAll(MonthOfYear, month, DayOfMonth, day); err != nil {
		return err
	}
	return f.setDate(epochDay(year, int(month), min(int(day), monthLength(year, int(month)))))
}

func (f *Fields) alignedWeek(year int, month, week, weekday int64) error {
	f.drop(Year, MonthOfYear, AlignedWeekOfMonth, DayOfWeek)
	if err := f.checkAll(MonthOfYear, month, AlignedWeekOfMonth, week); err != nil {
		return err
	}
	if err := check(DayOfWeek, weekday); err != nil {
		return err
	}
	return f.setDate(onOrAfter(epochDay(year, int(month), 1)+(week-1)*7, weekday))
}

// onOrAfter is the first day of the given name from an epoch day on.
func onOrAfter(epoch, weekday int64) int64 {
	return epoch + ((weekday%7-sunday(epoch))%7+7)%7
}

func (f *Fields) weekOfMonth(year int, month, week, weekday int64) error {
	f.drop(Year, MonthOfYear, WeekOfMonth, DayOfWeek)
	if err := f.checkAll(MonthOfYear, month, WeekOfMonth, week); err != nil {
		return err
	}
	if err := check(DayOfWeek, weekday); err != nil {
		return err
	}
	first := epochDay(year, int(month), 1)
	epoch := first - sunday(first) + (week-1)*7 + weekday%7
	return f.setDate(epoch)
}

// resolveWeek makes a date of a week-based year, its week and a day.
func (f *Fields) resolveWeek() error {
	year, hasYear := f.get(WeekBasedYear)
	week, hasWeek := f.get(WeekOfWeekBasedYear)
	weekday, hasWeekday := f.get(DayOfWeek)
	if !hasYear || !hasWeek || !hasWeekday {
		return nil
	}
	if err := f.checkAll(WeekOfWeekBasedYear, week, DayOfWeek, weekday); err != nil {
		return err
	}
	f.drop(WeekBasedYear, WeekOfWeekBasedYear, DayOfWeek)
	weeks := (weekOne(int(year)+1) - weekOne(int(year))) / 7
	if week > weeks {
		return fmt.Errorf("%w: week %d of a year with %d", ErrRange, week, weeks)
	}
	return f.setDate(weekOne(int(year)) + (week-1)*7 + weekday%7)
}

// resolveClock brings the hours of other clocks and the counts since midnight
// down to hour, minute, second and nanosecond.
func (f *Fields) resolveClock() error {
	if n, ok := f.take(ClockHourOfDay); ok {
		if n != 0 {
			if err := check(ClockHourOfDay, n); err != nil {
				return err
			}
		}
		if !f.put(HourOfDay, n%24) {
			return errors.New("conflict found: hours differ")
		}
	}
	if n, ok := f.take(ClockHourOfAmPm); ok {
		if n != 0 {
			if err := check(ClockHourOfAmPm, n); err != nil {
				return err
			}
		}
		if !f.put(HourOfAmPm, n%12) {
			return errors.New("conflict found: hours differ")
		}
	}
	half, hasHalf := f.get(AmPmOfDay)
	hour, hasHour := f.get(HourOfAmPm)
	if hasHalf && hasHour {
		f.drop(AmPmOfDay, HourOfAmPm)
		if err := f.checkAll(AmPmOfDay, half, HourOfAmPm, hour); err != nil {
			return err
		}
		if !f.put(HourOfDay, half*12+hour) {
			return errors.New("conflict found: hours differ")
		}
	}
	return f.resolveCounts()
}

func (f *Fields) resolveCounts() error {
	for _, c := range []struct {
		field Field
		nanos int64
	}{{NanoOfDay, 1}, {MilliOfDay, 1e6}} {
		n, ok := f.take(c.field)
		if !ok {
			continue
		}
		if err := check(c.field, n); err != nil {
			return err
		}
		n *= c.nanos
		if !f.put(HourOfDay, n/3600e9) || !f.put(MinuteOfHour, n/60e9%60) || !f.put(SecondOfMinute, n/1e9%60) || !f.put(NanoOfSecond, n%1e9) {
			return errors.New("conflict found: times differ")
		}
	}
	for _, field := range []Field{HourOfDay, MinuteOfHour, SecondOfMinute, NanoOfSecond} {
		if n, ok := f.get(field); ok && !(field == HourOfDay && n == 24) {
			if err := check(field, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// resolveTime makes a time of the hour and what follows it without a gap;
// 24:00 is the end of the day.
func (f *Fields) resolveTime() error {
	if err := f.resolvePeriod(); err != nil {
		return err
	}
	hour, hasHour := f.get(HourOfDay)
	minute, hasMinute := f.get(MinuteOfHour)
	second, hasSecond := f.get(SecondOfMinute)
	nano, hasNano := f.get(NanoOfSecond)
	if !hasHour || !hasMinute && (hasSecond || hasNano) || hasMinute && !hasSecond && hasNano {
		if hasHour && hour == 24 {
			return check(HourOfDay, hour)
		}
		return nil
	}
	if hour == 24 {
		if minute != 0 || second != 0 || nano != 0 {
			return check(HourOfDay, hour)
		}
		hour, f.excess = 0, 1
	}
	f.drop(HourOfDay, MinuteOfHour, SecondOfMinute, NanoOfSecond)
	nanos := (hour*3600+minute*60+second)*1e9 + nano
	f.nanos = &nanos
	return nil
}

// resolvePeriod takes the hour from a period of the day, or from AM or PM, where
// nothing else gives it.
func (f *Fields) resolvePeriod() error {
	period, ok := f.get(DayPeriod)
	if ok && (period < 0 || int(period) >= len(periodMiddle)) {
		return check(DayPeriod, period)
	}
	half, hasHalf := f.get(AmPmOfDay)
	hour, hasHour := f.get(HourOfAmPm)
	if err := f.checkAll(AmPmOfDay, half, HourOfAmPm, hour); err != nil {
		return err
	}
	minute, _ := f.get(MinuteOfHour)
	const given = 1<<HourOfDay | 1<<HourOfAmPm | 1<<MinuteOfHour | 1<<SecondOfMinute | 1<<NanoOfSecond
	switch {
	case ok && hasHour:
		f.drop(HourOfAmPm, DayPeriod)
		if inPeriod(period, (hour+12)*60+minute) {
			hour += 12
		}
		f.put(HourOfDay, hour)
	case f.has&given != 0:
	case ok:
		f.put(HourOfDay, periodMiddle[period]/60)
		f.put(MinuteOfHour, periodMiddle[period]%60)
	case hasHalf:
		f.put(HourOfDay, half*12+6)
		f.put(MinuteOfHour, 0)
	}
	return nil
}

// crossCheck wants fields that were not used to agree with date and time.
func (f *Fields) crossCheck() error {
	if f.date != nil {
		year := f.dateField(Year)
		if year < minYear || year > maxYear {
			return fmt.Errorf("%w: year %d", ErrRange, year)
		}
	}
	for field := range OffsetSeconds {
		n, ok := f.get(field)
		if !ok {
			continue
		}
		var is int64
		switch {
		case field == DayPeriod && f.nanos != nil:
			if is = n; !inPeriod(n, *f.nanos/60e9) {
				is = f.nanoField(field)
			}
		case field <= ModifiedJulianDay && f.date != nil:
			is = f.dateField(field)
		case field > ModifiedJulianDay && f.nanos != nil:
			is = f.nanoField(field)
		default:
			continue
		}
		if is != n {
			return fmt.Errorf("conflict found: %v is %d and should be %d", field, n, is)
		}
		f.take(field)
	}
	return nil
}

// resolveFraction makes a fraction visible in milliseconds where there is a
// second but no time.
func (f *Fields) resolveFraction() {
	if _, ok := f.get(SecondOfMinute); !ok || f.nanos != nil {
		return
	}
	nano, _ := f.get(NanoOfSecond)
	f.put(NanoOfSecond, nano)
	f.put(MilliOfSecond, nano/1e6)
}
