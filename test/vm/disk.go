package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// rootID names the root partition to the kernel. Two NVMe disks are probed side by
// side, so that neither is always nvme0n1; a file system's label takes an initrd.
const rootID = "534c494d-01"

// makeDisk makes a disk with one partition, which holds what is in tree.
func makeDisk(file, tree string) error {
	const start, size = 1 << 20, 2 << 30
	if err := makeFS(file, "root", tree, size, "-E", fmt.Sprint("offset=", start)); err != nil {
		return err
	}
	disk, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.Truncate(start + size); err != nil {
		return err
	}
	_, err = disk.WriteAt(partitionTable(start, size), 440)
	return err
}

// partitionTable is the end of a master boot record, from the disk's signature on:
// one Linux partition, addressed in blocks of 512 bytes.
func partitionTable(start, size uint32) []byte {
	table := make([]byte, 72)
	signature, _, _ := strings.Cut(rootID, "-")
	id, _ := strconv.ParseUint(signature, 16, 32)
	binary.LittleEndian.PutUint32(table, uint32(id))
	table[6+4] = 0x83
	binary.LittleEndian.PutUint32(table[6+8:], start/512)
	binary.LittleEndian.PutUint32(table[6+12:], size/512)
	table[70], table[71] = 0x55, 0xaa
	return table
}

// makeFS fills a new ext4 file with what is in tree.
func makeFS(file, label, tree string, size int64, options ...string) error {
	args := append(options, "-q", "-F", "-t", "ext4", "-L", label, "-d", tree, file, fmt.Sprintf("%dk", size>>10))
	return output(exec.Command("mke2fs", args...))
}
