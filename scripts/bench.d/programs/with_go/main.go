// Reads and writes PFX files again with go-pkcs12, and verifies nothing: with_go PASSWORD_FILE OUT FILE...
package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

func convert(source, target, password string) error {
	pfx, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	key, certificate, others, err := pkcs12.DecodeChain(pfx, password)
	if err != nil {
		return err
	}
	output, err := pkcs12.Encode(rand.Reader, key, certificate, others, password)
	if err != nil {
		return err
	}
	return os.WriteFile(target, output, 0o600)
}

func main() {
	password, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, file := range os.Args[3:] {
		target := filepath.Join(os.Args[2], filepath.Base(file))
		if err := convert(file, target, strings.TrimRight(string(password), "\n")); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			os.Exit(1)
		}
	}
}
