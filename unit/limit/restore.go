package limit

import "github.com/godbus/dbus/v5"

// Restore are the properties that give a unit back a value that was read from it.
// Rates of devices only add to those there are, so these are taken away first.
func (r *Row) Restore(value any) ([]Property, error) {
	old, isDevices := value.([][]any)
	if !isDevices {
		return []Property{NewProperty(r.Property, value)}, nil
	}
	rates := make([]deviceLimit, len(old))
	if err := dbus.Store([]any{old}, &rates); err != nil {
		return nil, err
	}
	properties := []Property{NewProperty(r.Property, []deviceLimit{})}
	if len(rates) > 0 {
		properties = append(properties, NewProperty(r.Property, rates))
	}
	return properties, nil
}
