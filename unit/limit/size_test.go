package limit

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// Rows S1 S2 S3 S4 S5 S6: what is a size and what is none.
func TestParseSize(t *testing.T) {
	ram, err := totalRAM()
	if err != nil {
		t.Fatal(err)
	}
	page := pageSize()
	for _, c := range []struct {
		name, text string
		want       uint64
	}{
		{"S2 100M", "100M", 104857600},
		{"S2 small letter", "100m", 104857600},
		{"S2 bytes", "524288", 524288},
		{"S2 every suffix", "1K", 1 << 10},
		{"S2 G", "1G", 1 << 30},
		{"S2 T", "2T", 2 << 40},
		{"S2 P", "3P", 3 << 50},
		{"S2 E", "7E", 7 << 60},
		{"S2 Docker's", "512mb", 512 << 20},
		{"S2 Kubernetes's", "1Gi", 1 << 30},
		{"S2 both", "64KiB", 64 << 10},
		{"S2 bytes by name", "104857600b", 104857600},
		{"S3 with a point", "1.5GB", 3 << 29},
		{"S3 1.5G", "1.5G", 3 << 29},
		{"S3 0.1G rounds down", "0.1G", 107374182},
		{"S3 eighteen places", "0.000000000000000001E", 1},
		{"S3 exact beyond 53 bits", "6.999999999999999999E", 8070450532247928830},
		{"S4 largest", "9223372036854771711", 1<<63 - 4097},
		{"S5 infinity", "infinity", Infinity},
		{"S6 50%", "50%", ram / 2 / page * page},
		{"S6 100%", "100%", ram / page * page},
		{"S6 fraction of a percent", "12.5%", ram / 8 / page * page},
		{"S8 0", "0", 0},
		{"S8 0M", "0M", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ParseSize(c.text); got != c.want || err != nil {
				t.Errorf("ParseSize(%q) = %d, %v, want %d", c.text, got, err, c.want)
			}
		})
	}
}

func TestParseSizeRefuses(t *testing.T) {
	for name, texts := range map[string][]string{
		"S1 not a number":              {"", " ", "-1", " -1", "+1", "100X", "1..5G", "1.5.5G", "1e3", "0x10", "NaN", "inf", "Infinity", "M", ".5G", "5.G", "1,5G", "1_000", "100 M", "100M ", "MB", "iB", "Mi", "B", "100MBB", "100Bi", "100i", "100iM", "100bM", "100KM", "\xff", "١"},
		"S4 2^63":                      {"9223372036854775808", "8E", "9223372036854775807"},
		"S4 the kernel's own no limit": {"9223372036854771712"},
		"S4 2^64-1":                    {"18446744073709551615"},
		"S4 2^64":                      {"18446744073709551616", "16E", "16777216T"},
		"S4 more":                      {"99999999T", "99999999999999999999999E", "15.9E", "17.5E"},
		"S4 too many places":           {"1." + strings.Repeat("0", 19) + "G"},
		"S6 percent":                   {"0%", "101%", "-5%", "100.01%", "%", "0.001%", "1e1%", "50%%", "99999999999999999999%"},
	} {
		for _, text := range texts {
			t.Run(name+" "+text, func(t *testing.T) {
				if got, err := ParseSize(text); err == nil {
					t.Errorf("ParseSize(%q) = %d, want an error", text, got)
				}
			})
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 1: "1", 1023: "1023", 1024: "1K", 1536: "1.5K", 104857600: "100M",
		3 << 29: "1.5G", 795648: "777K", 1<<20 + 1: "1M", 5<<60 + 1<<59: "5.5E", Infinity: "infinity",
	} {
		if got := FormatSize(n); got != want {
			t.Errorf("FormatSize(%d) = %q, want %q", n, got, want)
		}
	}
}

// Rows S1 S4: never "no limit" but by its name, exact, and monotone.
func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{
		"100M", "1.5G", "infinity", "50%", "0", "-1", "16E", "18446744073709551615", "0.1E",
		"1.999999999999999999K", "1.5GiB", "64kB", "7b", "2ti",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseSize(text)
		if err != nil || text == "infinity" {
			return
		}
		if n >= maxBytes(pageSize()) {
			t.Fatalf("ParseSize(%q) = %d, which the kernel takes for no limit", text, n)
		}
		if strings.HasSuffix(text, "%") {
			return
		}
		if want := exactly(text); !want.IsUint64() || want.Uint64() != n {
			t.Fatalf("ParseSize(%q) = %d, want %v", text, n, want)
		}
		if more, err := ParseSize("1" + text); err == nil && more < n {
			t.Fatalf("ParseSize(%q) = %d, less than %d of %q", "1"+text, more, n, text)
		}
	})
}

// spelled is a size as people write it; by 1024, whatever stands behind the letter.
var spelled = regexp.MustCompile(`^(?i)([0-9]+(?:[.][0-9]+)?)(?:([KMGTPE])(?:B|IB|I)?|B)?$`)

// exactly is the size by another way: rational numbers.
func exactly(text string) *big.Int {
	parts := spelled.FindStringSubmatch(text)
	if parts == nil {
		return big.NewInt(-1)
	}
	number, _ := new(big.Rat).SetString(parts[1])
	if parts[2] != "" {
		shift := 10 * uint(1+strings.Index("KMGTPE", strings.ToUpper(parts[2])))
		number.Mul(number, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), shift)))
	}
	return new(big.Int).Quo(number.Num(), number.Denom())
}

// A number below a page is a slip, and what was meant is asked.
func TestSlip(t *testing.T) {
	for text, want := range map[string]string{
		"512": "512M", "1": "1M", "4095": "4095M", "1.5": "1.5M", "0": "", "4096": "", "1K": "", "64b": "",
	} {
		n, err := ParseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		switch err := Slip(text, n); {
		case want == "" && err != nil,
			want != "" && (err == nil || !strings.Contains(err.Error(), "is "+want+" meant?")):
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
