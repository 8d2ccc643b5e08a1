// Command kvconform judges Azure Key Vault's certificate lifecycle, as a vault, an emulator or recorded traffic shows it.
package main

import "os"

func main() { os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
