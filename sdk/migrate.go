package sdk

// Rename moves the value of a property that older versions knew by another name; for [Migrator].
func Rename(values map[string]string, old, name string) {
	if v, ok := values[old]; ok {
		delete(values, old)
		values[name] = v
	}
}
