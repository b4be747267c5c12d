//go:build !amd64 && !arm64

package launcher

const (
	auditArch      = 0
	syscallNumbers = ""
)
