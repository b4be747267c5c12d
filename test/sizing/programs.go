package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
)

// program is one that the rule is held against.
type program struct {
	name, about string
	command     []string
	prepare     func(dir string) error // what it works on, which it may not change
}

var programs = []program{
	{"gcc", "gcc -O2 of 2,500 functions", []string{"gcc", "-O2", "-c", "-o", "/dev/null", "big.c"}, bigC},
	{"sort", "sort -S 32M of 120M, and sync", []string{"sh", "-c", "sort -S 32M -T . -o sorted lines && sync sorted"}, lines},
	{"java", "java -Xmx96m", []string{"java", "-Xmx96m", "Live.java"}, live},
	{
		"node",
		"node --max-old-space-size=192 --max-semi-space-size=8, maps of 400,000 objects",
		[]string{"node", "--max-old-space-size=192", "--max-semi-space-size=8", "maps.js"},
		maps,
	},
	// Without a limit of its own its heap is sized by the cgroup's.
	{"node-alone", "the same, left to size itself", []string{"node", "maps.js"}, maps},
	// Until it is on the disk: without a limit the cache would only put that off.
	{"tar", "tar of 400M, and sync", []string{"sh", "-c", "tar -cf out.tar data && sync out.tar"}, data},
	{"cp", "cp of 400M, and sync", []string{"sh", "-c", "rm -rf copy && cp -r data copy && sync copy/*"}, data},
}

// write writes a file line by line.
func write(path string, each func(w *bufio.Writer)) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	each(w)
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func bigC(dir string) error {
	return write(filepath.Join(dir, "big.c"), func(w *bufio.Writer) {
		fmt.Fprintln(w, "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>")
		for i := range 2500 {
			fmt.Fprintf(
				w,
				"int f%d(int a, char *s) { int t = %d; for (int i = 0; i < a; i++) { t += s[i] * (i ^ %d); if (t %% 7 == 3) printf(\"%%d\\n\", t); } return t + (int)strlen(s); }\n",
				i,
				i,
				i,
			)
		}
	})
}

func lines(dir string) error {
	return write(filepath.Join(dir, "lines"), func(w *bufio.Writer) {
		n := uint64(1)
		for range 120 << 20 / 40 {
			n = n*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(w, "%020d the rest of a line\n", n)
		}
	})
}

func live(dir string) error {
	const source = `import java.util.*;
class Live {
	public static void main(String[] a) {
		List<byte[]> live = new ArrayList<>();
		for (int i = 0; i < 200; i++) live.add(new byte[1 << 18]);
		long sum = 0;
		for (int i = 0; i < 3_000_000; i++) { byte[] b = new byte[512]; b[i % 512] = 1; sum += b[7]; live.get(i % 200)[i % (1 << 18)]++; }
		System.out.println(sum);
	}
}
`
	return os.WriteFile(filepath.Join(dir, "Live.java"), []byte(source), 0o644)
}

func maps(dir string) error {
	const source = `const m = new Map();
for (let round = 0; round < 6; round++)
	for (let i = 0; i < 400000; i++) m.set(i, { i, round, text: "text " + (i + round) });
console.log(m.size);
`
	return os.WriteFile(filepath.Join(dir, "maps.js"), []byte(source), 0o644)
}

func data(dir string) error {
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * i >> 3)
	}
	for i := range 4 {
		err := write(filepath.Join(dir, "data", fmt.Sprint(i)), func(w *bufio.Writer) {
			for range 100 {
				w.Write(block)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
