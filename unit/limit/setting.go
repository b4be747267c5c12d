package limit

// Setting is a property of scopes beyond the table of limits.
type Setting struct {
	Name  string // in unit files
	Bus   string // on the bus, "" for the same
	Type  string // D-Bus signature
	Since string // first systemd version whose scopes take it; 214 stands for earlier ones too
	read  func(string) (any, error)
}

// Settings lists what bus_scope_set_property, bus_cgroup_set_property,
// bus_kill_context_set_transient_property and bus_unit_set_transient_property
// of systemd 252 to 257 take (src/core/dbus-*.c). A function: few runs need it,
// and a package's tables of functions cost every start.
func Settings() []Setting {
	return []Setting{
		{"After", "", "as", "214", words},
		{"Before", "", "as", "214", words},
		{"BindsTo", "", "as", "214", words},
		{"CPUAccounting", "", "b", "214", boolean},
		{"CPUQuotaPeriodSec", "CPUQuotaPeriodUSec", "t", "242", period},
		{"CollectMode", "", "s", "236", text},
		{"Conflicts", "", "as", "214", words},
		{"DefaultDependencies", "", "b", "214", boolean},
		{"DefaultMemoryLow", "", "t", "243", protection},
		{"DefaultMemoryMin", "", "t", "243", protection},
		{"DefaultStartupMemoryLow", "", "t", "254", protection},
		{"Delegate", "", "b", "219", boolean},
		{"DelegateSubgroup", "", "s", "254", text},
		{"Description", "", "s", "214", text},
		{"DeviceAllow", "", "a(ss)", "214", deviceAllow},
		{"DevicePolicy", "", "s", "214", text},
		{"DisableControllers", "", "as", "240", controllers},
		{"Documentation", "", "as", "214", words},
		{"FinalKillSignal", "", "i", "240", signal},
		{"IOAccounting", "", "b", "231", boolean},
		{"IODeviceLatencyTargetSec", "IODeviceLatencyTargetUSec", "a(st)", "240", deviceLatency},
		{"IODeviceWeight", "", "a(st)", "231", deviceWeight},
		{"IPAccounting", "", "b", "235", boolean},
		{"IPAddressAllow", "", "a(iayu)", "235", networks},
		{"IPAddressDeny", "", "a(iayu)", "235", networks},
		{"IPEgressFilterPath", "", "as", "243", words},
		{"IPIngressFilterPath", "", "as", "243", words},
		{"IgnoreOnIsolate", "", "b", "214", boolean},
		{"KillMode", "", "s", "214", text},
		{"KillSignal", "", "i", "214", signal},
		{"ManagedOOMMemoryPressure", "", "s", "247", text},
		{"ManagedOOMMemoryPressureLimit", "", "u", "248", permyriad},
		{"ManagedOOMPreference", "", "s", "248", text},
		{"ManagedOOMSwap", "", "s", "247", text},
		{"MemoryAccounting", "", "b", "214", boolean},
		{"MemoryPressureThresholdSec", "MemoryPressureThresholdUSec", "t", "254", timespan},
		{"MemoryPressureWatch", "", "s", "254", text},
		{"MemoryZSwapMax", "", "t", "253", size{zero: true}.setting},
		{"PartOf", "", "as", "214", words},
		{"RefuseManualStop", "", "b", "214", boolean},
		{"Requires", "", "as", "214", words},
		{"RequiresMountsFor", "", "as", "214", words},
		{"RestrictNetworkInterfaces", "", "(bas)", "250", networkInterfaces},
		{"RuntimeRandomizedExtraSec", "RuntimeRandomizedExtraUSec", "t", "250", timespan},
		{"SendSIGHUP", "", "b", "214", boolean},
		{"SendSIGKILL", "", "b", "214", boolean},
		{"Slice", "", "s", "214", text},
		{"SocketBindAllow", "", "a(iiqq)", "249", socketBind},
		{"SocketBindDeny", "", "a(iiqq)", "249", socketBind},
		{"StartupAllowedCPUs", "", "ay", "250", cpuSet{of: "CPUs"}.setting},
		{"StartupAllowedMemoryNodes", "", "ay", "250", cpuSet{of: "memory nodes"}.setting},
		{"StartupCPUWeight", "", "t", "232", cpuWeight{}.setting},
		{"StartupIOWeight", "", "t", "231", ioWeight{}.setting},
		{"StartupMemoryHigh", "", "t", "254", size{}.setting},
		{"StartupMemoryLow", "", "t", "254", protection},
		{"StartupMemoryMax", "", "t", "254", size{}.setting},
		{"StartupMemorySwapMax", "", "t", "254", size{zero: true}.setting},
		{"StopWhenUnneeded", "", "b", "214", boolean},
		{"TasksAccounting", "", "b", "229", boolean},
		{"TimeoutStopSec", "TimeoutStopUSec", "t", "214", timespan},
		{"Upholds", "", "as", "250", words},
		{"Wants", "", "as", "214", words},
	}
}

// bus is the property's name on the bus.
func (s Setting) bus() string {
	if s.Bus != "" {
		return s.Bus
	}
	return s.Name
}

// property reads a value under one of the setting's names. On the bus times are
// numbers of microseconds; Delegate= takes controllers too, which are a property
// of their own there.
func (s Setting) property(name, value string) (Property, error) {
	read := s.read
	if name == s.Bus && s.Type == "t" {
		read = microseconds
	}
	typed, err := read(value)
	name = s.bus()
	if err != nil && s.Name == "Delegate" {
		name = "DelegateControllers"
		typed, err = controllers(value)
	}
	if err != nil {
		return Property{}, err
	}
	return NewProperty(name, typed), nil
}

func microseconds(s string) (any, error) { return parseSpan(s, 1) }

// protection is a size of which none is no protection.
func protection(s string) (any, error) {
	if s == "" {
		return uint64(0), nil
	}
	return size{zero: true}.setting(s)
}

func timespan(s string) (any, error) { return parseSpan(s, 1e6) }

// period is the default one where none is given.
func period(s string) (any, error) {
	if s == "" {
		return Infinity, nil
	}
	return parseSpan(s, 1e6)
}
