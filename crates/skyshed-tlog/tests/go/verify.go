// Verifies a log that this crate wrote with Go's own note and tlog packages: the checkpoint's signature, the root from
// the tiles, every entry's inclusion, and that every earlier size asked for is its past. It shares no code with the crate.
//
// Built without modules (GO111MODULE=off): go run verify.go FOLDER VKEY OLD_SIZE...
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (folder) Height() int                       { return 8 }
func (folder) SaveTiles([]tlog.Tile, [][]byte)   {}
func (f folder) read(path string) (data []byte)  { return must(os.ReadFile(filepath.Join(string(f), path))) }
func (f folder) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, tile := range tiles {
		// Go's paths carry the tile height: tile/8/<level>/...
		all = append(all, f.read(strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
	}
	return all, nil
}

// entries cuts a bundle into its entries: 16 bits of length, then the bytes.
func entries(bundle []byte) (all [][]byte) {
	for len(bundle) > 0 {
		n := 2 + int(binary.BigEndian.Uint16(bundle))
		all, bundle = append(all, bundle[2:n]), bundle[n:]
	}
	return all
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	f := folder(os.Args[1])
	signed := must(note.Open(f.read("checkpoint"), note.VerifierList(must(note.NewVerifier(os.Args[2])))))
	lines := strings.SplitN(signed.Text, "\n", 4)
	size, root := must(strconv.ParseInt(lines[1], 10, 64)), must(tlog.ParseHash(lines[2]))
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, f)
	if must(tlog.TreeHash(size, reader)) != root {
		log.Fatal("the tiles lead to another root")
	}
	for first := int64(0); first < size; first += 256 {
		width := min(size-first, 256)
		path := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(width)}.Path()
		for i, entry := range entries(f.read(strings.Replace(path, "tile/8/data/", "tile/entries/", 1))) {
			proof := must(tlog.ProveRecord(size, first+int64(i), reader))
			if err := tlog.CheckRecord(proof, size, root, first+int64(i), tlog.RecordHash(entry)); err != nil {
				log.Fatal(first+int64(i), err)
			}
		}
	}
	for _, old := range os.Args[3:] {
		n := must(strconv.ParseInt(old, 10, 64))
		proof := must(tlog.ProveTree(size, n, reader))
		if err := tlog.CheckTree(proof, size, root, n, must(tlog.TreeHash(n, reader))); err != nil {
			log.Fatal(n, err)
		}
	}
	fmt.Println(signed.Sigs[0].Name, size, "entries,", len(os.Args)-3, "earlier sizes: verified")
}
