package limit

// Unprotected says whether a cgroup above a run's protects less than was asked
// for. The kernel scales a protection by what the parent has of it
// (effective_protection in mm/page_counter.c); the top of all has no such file,
// and needs none.
func (a Asked) Unprotected(above Files) bool {
	content, err := a.Row.Kernel(above)
	if err != nil || content == "max" {
		return false
	}
	have, err := ParseSize(content)
	return err != nil || have < a.Number()/pageSize()*pageSize()
}
