package limit

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// network is one element of IPAddressAllow's a(iayu).
type network struct {
	Family  int32
	Address []byte
	Length  uint32
}

// namedNetworks are systemd's words for some (systemd.resource-control(5)).
func namedNetworks(name string) []string {
	switch name {
	case "any":
		return []string{"0.0.0.0/0", "::/0"}
	case "localhost", "localhost.", "localdomain", "localdomain.":
		return []string{"127.0.0.0/8", "::1/128"}
	case "link-local":
		return []string{"169.254.0.0/16", "fe80::/64"}
	case "multicast":
		return []string{"224.0.0.0/4", "ff00::/8"}
	}
	return nil
}

// networks reads addresses and networks, a word for some, or nothing for none.
func networks(s string) (any, error) {
	list := namedNetworks(s)
	if list == nil {
		list = strings.Fields(s)
	}
	found := []network{}
	for _, item := range list {
		one, err := parseNetwork(item)
		if err != nil {
			return nil, errors.New(`want addresses such as "10.0.0.0/8 ::1", or any, localhost, link-local, multicast`)
		}
		found = append(found, one)
	}
	return found, nil
}

func parseNetwork(s string) (network, error) {
	if !strings.Contains(s, "/") {
		address, err := netip.ParseAddr(s)
		if err != nil || address.Zone() != "" {
			return network{}, errors.Join(err, errors.New("no zones"))
		}
		return newNetwork(netip.PrefixFrom(address, address.BitLen())), nil
	}
	prefix, err := netip.ParsePrefix(s)
	return newNetwork(prefix), err
}

func newNetwork(prefix netip.Prefix) network {
	family := int32(unix.AF_INET)
	if prefix.Addr().Is6() {
		family = unix.AF_INET6
	}
	return network{family, prefix.Addr().AsSlice(), uint32(max(prefix.Bits(), 0))}
}

// ports is one element of SocketBindAllow's a(iiqq): 0 for any family, protocol
// or port.
type ports struct {
	Family, Protocol int32
	Count, First     uint16
}

// socketBind reads "[FAMILY:][PROTOCOL:]PORTS", "any", or nothing for no rule.
func socketBind(s string) (any, error) {
	if s == "" {
		return []ports{}, nil
	}
	wanted := errors.New(`want [ipv4|ipv6:][tcp|udp:]PORT, PORT-PORT or any`)
	one, parts := ports{}, strings.Split(s, ":")
	for i, part := range parts {
		known, isFamily := map[string]int32{"ipv4": unix.AF_INET, "ipv6": unix.AF_INET6}[part]
		protocol, isProtocol := map[string]int32{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP}[part]
		switch {
		case isFamily && i == 0:
			one.Family = known
		case isProtocol && one.Protocol == 0:
			one.Protocol = protocol
		case i == len(parts)-1 && one.setPorts(part):
		default:
			return nil, wanted
		}
	}
	return []ports{one}, nil
}

func (p *ports) setPorts(s string) bool {
	if s == "any" {
		return true
	}
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	p.First, p.Count = uint16(first), uint16(last-first+1)
	return err1 == nil && err2 == nil && first >= 1 && last >= first
}
