package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The part of CycloneDX 1.6 that is needed (https://cyclonedx.org/docs/1.6/json). A tool
// that knows all of it puts its own checksums into what it writes, and those depend on
// where it was built.
type (
	bom struct {
		Schema       string       `json:"$schema"`
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Ref      string    `json:"bom-ref"`
		Type     string    `json:"type"`
		Name     string    `json:"name"`
		Version  string    `json:"version"`
		Hashes   []hash    `json:"hashes,omitempty"`
		Licenses []license `json:"licenses"`
		PURL     string    `json:"purl"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	license struct {
		License struct {
			ID string `json:"id"`
		} `json:"license"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

// sbom lists what is in the binary, which names each module's version and checksum.
func (r release) sbom(arch string, parts []part) []byte {
	main := newComponent("application", arch, part{
		path: "github.com/slimrun/slimrun", version: "v" + r.version, license: "Apache-2.0",
	})
	list := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata:     metadata{r.time.Format(time.RFC3339), main},
		Dependencies: []dependency{{Ref: main.Ref}},
	}
	for _, p := range parts {
		c := newComponent("library", arch, p)
		list.Components = append(list.Components, c)
		list.Dependencies[0].DependsOn = append(list.Dependencies[0].DependsOn, c.Ref)
	}
	data, _ := json.MarshalIndent(list, "", "  ")
	return append(data, '\n')
}

func newComponent(kind, arch string, p part) component {
	c := component{
		Ref: fmt.Sprintf("pkg:golang/%s@%s", p.path, p.version), Type: kind, Name: p.path, Version: p.version,
		Licenses: make([]license, 1),
	}
	c.PURL = c.Ref + "?goos=linux&goarch=" + arch + "&type=module"
	c.Licenses[0].License.ID = p.license
	// go.sum's h1 is the SHA-256 of a list of the module's files.
	if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.sum, "h1:")); err == nil && len(sum) > 0 {
		c.Hashes = []hash{{"SHA-256", fmt.Sprintf("%x", sum)}}
	}
	return c
}
