package limit

import "slices"

// Controllers are the kernel's controllers that the table's limits need.
func Controllers() (names []string) {
	for _, row := range Rows {
		if row.Controller != "" && !slices.Contains(names, row.Controller) {
			names = append(names, row.Controller)
		}
	}
	return names
}

// Carries are the flags that a controller stands for, and those of them that v1
// lacks.
func Carries(controller string, v1 bool) (flags, lost []string) {
	for _, row := range Rows {
		switch {
		case row.Controller != controller:
		case v1 && row.V1 == "":
			lost = append(lost, "--"+row.Flag)
		default:
			flags = append(flags, "--"+row.Flag)
		}
	}
	return flags, lost
}
