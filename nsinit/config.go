package nsinit

// Config is the one message that lets the held child go on: all that it needs
// to know, in the order in which it is applied.
type Config struct {
	Hostname string   // "" keeps the caller's
	Private  bool     // a mount namespace of its own: mounts are made private
	Proc     bool     // a PID namespace of its own: a fresh /proc
	NoInit   bool     // the payload is PID 1 of the new namespace
	Dir      string   // "" stays in the caller's working directory
	Argv     []string // byte for byte
	Env      []string // byte for byte
	PassFDs  []int    // numbers in the payload, in the order they were handed over
	SigMask  uint64   // the caller's blocked signals, bit N-1 for signal N
	Trace    bool     // the steps' times are sent
	Restore  bool     // the terminal's modes are restored if the launcher is killed

	Identity   Identity
	Unshare    Unshare
	Files      Files
	Attributes Attributes
	Guard      Guard
}

func (c *Config) fields(x *codec) {
	x.string(&c.Hostname)
	x.bool(&c.Private)
	x.bool(&c.Proc)
	x.bool(&c.NoInit)
	x.string(&c.Dir)
	x.strings(&c.Argv)
	x.strings(&c.Env)
	x.ints(&c.PassFDs)
	x.uint(&c.SigMask)
	x.bool(&c.Restore)
	c.Identity.fields(x)
	c.Unshare.fields(x)
	c.Files.fields(x)
	c.Attributes.fields(x)
	c.Guard.fields(x)
	x.bool(&c.Trace)
}

func (c *Config) encode() []byte {
	x := codec{}
	c.fields(&x)
	return x.buf
}

func decodeConfig(body []byte) (*Config, error) {
	x, c := codec{buf: body, reading: true}, &Config{}
	c.fields(&x)
	if x.failed || len(x.buf) != 0 || len(c.Argv) == 0 {
		return nil, errFrame
	}
	return c, nil
}
